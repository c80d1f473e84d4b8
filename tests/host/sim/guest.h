/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling guest's virtual memory: one buffer, everything else faults. */
#ifndef SIM_GUEST_H
#define SIM_GUEST_H

#include <stddef.h>
#include <stdint.h>

#define SIM_GUEST_BASE UINT64_C(0x10000)
#define SIM_GUEST_SIZE UINT64_C(0x8000)

struct sim_guest {
    uint8_t bytes[SIM_GUEST_SIZE];
    uint64_t readonly_from; /* writes from this address on fault; 0: none do */
};

int sim_guest_read(const struct sim_guest *g, void *to, uint64_t from, size_t size);
int sim_guest_write(struct sim_guest *g, uint64_t to, const void *from, size_t size);

#endif
