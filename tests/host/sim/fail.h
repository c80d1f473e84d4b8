/* SPDX-License-Identifier: BSD-2-Clause */
/* How a test ends when an expectation does not hold: one message with all it takes to repeat it. */
#ifndef SIM_FAIL_H
#define SIM_FAIL_H

#include <stdint.h>

/* What the test is doing, printed in front of a failure (seed, number of the operation). */
__attribute__((format(printf, 1, 2))) void sim_describe(const char *format, ...);

/* Prints the message and aborts: sanitizers, cmocka and libFuzzer all take that as a failure. */
__attribute__((noreturn, format(printf, 1, 2))) void sim_fail(const char *format, ...);

/* A number on the command line; ends the test where there is none. */
uint64_t sim_number(const char *text);

#endif
