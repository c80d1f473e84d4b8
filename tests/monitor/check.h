/* SPDX-License-Identifier: BSD-2-Clause */
/* One line for each check: "ok STORY: WHAT" or "FAIL STORY: WHAT (why)". If the list of differences
 * (differences.h) has a check, check and check_equal expect the list's answer. */
#ifndef MONITOR_CHECK_H
#define MONITOR_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* The beginning of every line from now on. */
void check_story(const char *name);

__attribute__((format(printf, 3, 4))) void check(bool good, const char *what, const char *why, ...);
void check_equal(const char *what, uint64_t expected, uint64_t seen);
/* False: the list of differences says that the story can't make the check here. */
bool check_is_made(const char *what);
void check_text(const char *what, const char *expected, const char *seen);
/* A call's answer: 0 or a negative errno value. */
void check_answer(const char *what, int expected, int seen);
/* A call that must succeed, because the story can't go on without it: 0, or the program ends. */
void need(const char *what, int rc);
__attribute__((noreturn, format(printf, 2, 3))) void give_up(const char *what, const char *why,
                                                             ...);

/* For the reader of the log. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* 1 if a check failed, or none was made. */
int check_status(void);

#endif
