/* SPDX-License-Identifier: BSD-2-Clause */
/* The measured operations, and one row of the table: the time of a call, and its instructions. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "machine.h"

/* The measured operations: a table. */
struct operation {
    const char *name;
    void (*prepare)(struct machine *m); /* once, not measured; may be NULL */
    /* One call, the i-th of a batch. Without `reset` an odd one undoes what an even one did. */
    void (*run)(struct machine *m, unsigned int i);
    /* Undoes run(i), not measured; NULL where calls may follow each other for ever. */
    void (*reset)(struct machine *m, unsigned int i);
    unsigned int batch; /* calls between two reads of the clock */
    unsigned int units; /* the reported units in one call: elements of a list */
    bool flat;          /* promised: costs the same for any guest and any number of views */
};

extern const struct operation operations[];
extern const unsigned int operation_count;

#define MEASURE_MAX_SAMPLES 101

struct measurement {
    double median, least, most; /* nanoseconds a unit, over the samples */
    double instructions;        /* a unit */
};

/* Measures op on a machine that is ready for it. */
struct measurement measure(const struct operation *op, struct machine *m, unsigned int samples);

/*
 * The number of instructions that the first call of a batch executes, without the measurement's
 * own. The count is exact, and the same in every run: the processor traps after each one
 * (RFLAGS.TF, SDM Vol. 3B 18.3.1.4). That needs no performance counters, which virtual machines
 * often lack.
 */
uint64_t steps_count(const struct operation *op, struct machine *m);

/* Millions of remaps: the cost of each must not depend on their number. */
#define REMAP_COUNTS 4
extern const unsigned int remap_counts[REMAP_COUNTS];

/* Nanoseconds a remap: all of a view's are added, every second one is undone, the rest goes with
 * the view, in as many calls as it takes. The longest of those calls. */
struct remap_cost {
    double add, undo, destroy, call;
};

/* All show one page, which was the worst case. */
struct remap_cost remaps_measure(struct machine *m, unsigned int count);

#endif
