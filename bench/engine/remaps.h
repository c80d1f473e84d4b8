/* SPDX-License-Identifier: BSD-2-Clause */
/* Remaps by the million: what each costs must not depend on how many there are. */
#ifndef BENCH_REMAPS_H
#define BENCH_REMAPS_H

#include "machine.h"

#define REMAP_COUNTS 4
extern const unsigned int remap_counts[REMAP_COUNTS];

/* Nanoseconds a remap: all of a view's are added, every second one is undone, the rest goes with
 * the view, in as many calls as it takes. The longest of those calls. */
struct remap_cost {
    double add, undo, destroy, call;
};

/* All show one page: the worst there was. */
struct remap_cost remaps_measure(struct machine *m, unsigned int count);

#endif
