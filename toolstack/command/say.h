/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages to standard error, one line each, after the command's name: "views: ...". First the
 * cause, then the remedy: "cause; remedy".
 */
#ifndef COMMAND_SAY_H
#define COMMAND_SAY_H

#include <stdarg.h>

#define EXIT_FAILED    1  /* the command could not do its task */
#define EXIT_USAGE     64 /* the command line is wrong */
#define EXIT_BAD_IMAGE 65 /* the guest's file can't be loaded */

/* The name that messages begin with; main.c sets the command's. */
extern const char *say_name;

/* If set, gets each message too, without the command's name. */
extern void (*say_observer)(const char *text);

__attribute__((format(printf, 1, 2))) void say(const char *format, ...);

/* Prints it and returns EXIT_FAILED. */
__attribute__((format(printf, 1, 2))) int fail(const char *format, ...);

/* Prints it, with the place of help, and returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);

/* What helps when a file can't be written for that cause (errno): "; see that ...", or "". */
const char *write_remedy(int error);

#endif
