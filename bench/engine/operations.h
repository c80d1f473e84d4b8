/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured: a table. */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "machine.h"

struct operation {
    const char *name;
    void (*prepare)(struct machine *m); /* once, not measured; may be NULL */
    /* One call, the i-th of a batch. Without `reset` an odd one undoes what an even one did. */
    void (*run)(struct machine *m, unsigned int i);
    /* Undoes run(i), not measured; NULL where calls may follow each other for ever. */
    void (*reset)(struct machine *m, unsigned int i);
    unsigned int batch; /* calls between two looks at the clock */
    unsigned int units; /* of what is reported, in one call: elements of a list */
    bool flat;          /* promised: costs the same for any guest and any number of views */
};

extern const struct operation operations[];
extern const unsigned int operation_count;

#endif
