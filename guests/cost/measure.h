/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions per operation, by RDTSC. They are instructions where the time stamp counter counts
 * them: in Bochs with one CPU and "clock: sync=none". The guest subtracts the cost of measuring.
 */
#ifndef COST_MEASURE_H
#define COST_MEASURE_H

#include "buffer.h"

#include <stdbool.h>
#include <stdint.h>

struct operation {
    const char *name;
    bool fixed;                     /* a call of fixed size: measured with each kind of buffer */
    unsigned int units;             /* operations in one run; 0 means 1 */
    void (*begin)(void);            /* once; may be NULL like the next ones, except run */
    void (*before)(unsigned int n); /* before run n, not measured */
    long (*run)(void);              /* 0 or a negative Xen error, which ends the measuring */
    void (*after)(void);            /* after each run, not measured */
    const uint64_t *stopped;        /* the counter at the end, if that is not when run returns */
};

void measure_init(void);

/*
 * Print "cost NAME instructions=MEDIAN least=L most=M runs=N units=U exits=E ve=V": exits are VM
 * exits of one run, "-" if the hypervisor does not give them; ve the #VEs that arrived in it. Or
 * "cost NAME failed=ERROR", and false.
 */
bool measure(const struct operation *operation);
/* The same with the envelope in this place, "cost NAME@PLACE ...". */
bool measure_at(const struct operation *operation, enum buffer_place place);

/* The operations, in tables. */
extern const struct operation exits[], calls[], accesses[];
extern const unsigned int exits_count, calls_count, accesses_count;
/* Calls without an envelope: altview has them, Xen does not. */
extern const struct operation directs[];
extern const unsigned int directs_count;

/* The calls have their envelope where buffer.h says. */
void calls_use_buffer(void);

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

#endif
