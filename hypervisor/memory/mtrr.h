/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory types by the CPU's MTRRs, which have effect in root mode (SDM Vol. 3A 12.11). */
#ifndef MEMORY_MTRR_H
#define MEMORY_MTRR_H

#include <stdint.h>

#define MTRR_FIXED        11
#define MTRR_VARIABLE_MAX 32

enum mtrr_type { MTRR_UC = 0, MTRR_WC = 1, MTRR_WT = 4, MTRR_WP = 5, MTRR_WB = 6 };

struct mtrrs {
    uint64_t default_type;      /* IA32_MTRR_DEF_TYPE, with its flags */
    uint64_t fixed[MTRR_FIXED]; /* in the order of addresses */
    struct {
        uint64_t base, mask; /* the MSRs */
    } variable[MTRR_VARIABLE_MAX];
    unsigned int variable_count;
    unsigned int physical_bits;
};

/* From the MSRs. A CPU without MTRRs caches everything, and only its page tables decide. */
void mtrr_read(struct mtrrs *mtrrs);

/*
 * The type at an address. `end` becomes lower if it is certain only up to there. Where ranges
 * contradict each other in a way that the SDM leaves undefined it is UC. Pure.
 */
enum mtrr_type mtrr_type(const struct mtrrs *mtrrs, uint64_t address, uint64_t *end);

#endif
