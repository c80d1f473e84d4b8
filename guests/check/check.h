/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One line a check:
 *
 *     check AREA.NAME expect=VALUE seen=VALUE ok|FAIL [xen=VALUE] [bochs=VALUE]
 *
 * xen: the answer of Xen 4.17 where altview differs on purpose; on Xen itself the check expects it.
 * bochs: a known wrong answer of the emulator, which passes too. Names are stable: results of two
 * hypervisors can be compared line by line.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "trap.h"

#include <stdint.h>

void check_area(const char *area);

/* A name made from parts. The text lasts until the next call. */
__attribute__((format(printf, 1, 2))) const char *check_name(const char *format, ...);

void check_result(const char *name, long expected, long seen);
void check_value(const char *name, uint64_t expected, uint64_t seen);
void check_text(const char *name, const char *expected, const char *seen);
void check_trap(const char *name, int expected, struct trap seen);
/* A byte, or minus the vector of the exception: see world_shows. */
void check_shows(const char *name, int expected, int seen);
void check_true(const char *name, bool seen);
/* For a check in which altview differs from Xen on purpose. */
void check_text_differs(const char *name, const char *altview, const char *xen, const char *seen);
void check_result_differs(const char *name, long altview, long xen, long seen);

void check_shows_differs(const char *name, int altview, int xen, int seen);
/* For a check in which Bochs 2.7 differs from the SDM. */
void check_result_bochs(const char *name, long expected, long bochs, long seen);

/* The number of failed checks so far. */
unsigned int check_failures(void);

/* The closing line; true if every check passed and there were some. */
bool check_summary(void);

#endif
