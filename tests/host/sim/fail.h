/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a test whose expectation does not hold: one message with all data to repeat it. */
#ifndef SIM_FAIL_H
#define SIM_FAIL_H

#include <stdint.h>

/* The test's present action, printed in front of a failure (seed, number of the operation). */
__attribute__((format(printf, 1, 2))) void sim_describe(const char *format, ...);

/* Prints the message and aborts: for sanitizers, cmocka and libFuzzer that is a failure. */
__attribute__((noreturn, format(printf, 1, 2))) void sim_fail(const char *format, ...);

/* A number on the command line. A word that is not a number ends the test. */
uint64_t sim_number(const char *text);

#endif
