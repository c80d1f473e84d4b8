/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many instructions a call executes, exactly and the same in every run: the processor traps
 * after each one (RFLAGS.TF, SDM Vol. 3B 18.3.1.4). Needs no performance counters, which virtual
 * machines often lack.
 */
#ifndef BENCH_STEPS_H
#define BENCH_STEPS_H

#include "operations.h"

/* Of the first call of a batch, without the measurement's own. */
uint64_t steps_count(const struct operation *op, struct machine *m);

#endif
