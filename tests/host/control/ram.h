/* SPDX-License-Identifier: BSD-2-Clause */
/* Real guest memory. The simulated machine has none: its mfns are only numbers. The engine's direct
 * map reaches these pages. */
#ifndef CONTROL_RAM_H
#define CONTROL_RAM_H

#include "sim/machine.h"

#define RAM_GFN   0x40
#define RAM_PAGES 16
#define RAM_BASE  ((uint64_t)RAM_GFN << ALTP2M_PAGE_SHIFT)
#define RAM_SIZE  ((size_t)RAM_PAGES << ALTP2M_PAGE_SHIFT)

/* Zeroed, not yet mapped; ram_mfn is the mfn of its first page. */
uint8_t *ram_new(const struct sim_machine *m);
uint64_t ram_mfn(const struct sim_machine *m, const uint8_t *ram);
void ram_free(uint8_t *ram);

#endif
