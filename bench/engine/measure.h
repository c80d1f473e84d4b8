/* SPDX-License-Identifier: BSD-2-Clause */
/* One number of the table: how long a call takes, and how many instructions. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "operations.h"

#define MEASURE_MAX_SAMPLES 101

struct measurement {
    double median, least, most; /* nanoseconds a unit, over the samples */
    double instructions;        /* a unit */
};

/* Measures op on a machine that is ready for it. */
struct measurement measure(const struct operation *op, struct machine *m, unsigned int samples);

/*
 * How many instructions the first call of a batch executes, without the measurement's own. They are
 * counted exactly, and the same in every run: the processor traps after each one (RFLAGS.TF, SDM
 * Vol. 3B 18.3.1.4). That needs no performance counters, which virtual machines often lack.
 */
uint64_t steps_count(const struct operation *op, struct machine *m);

#endif
