/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations, in tables. */
#ifndef COST_OPERATIONS_H
#define COST_OPERATIONS_H

#include "measure.h"

extern const struct operation exits[], calls[], accesses[];
extern const unsigned int exits_count, calls_count, accesses_count;
/* Calls without an envelope: altview has them, Xen has not. */
extern const struct operation directs[];
extern const unsigned int directs_count;

/* The calls have their envelope where buffer.h says. */
void calls_use_buffer(void);

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

#endif
