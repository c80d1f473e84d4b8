/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Access of a page (xenmem_access_t, 0 to 10) by name: n r w rw x rx wx rwx rx2rw n2rwx default,
 * and written as "r-x".
 */
#ifndef COMMAND_ACCESS_NAME_H
#define COMMAND_ACCESS_NAME_H

#include <stdbool.h>

/* For messages. */
#define ACCESS_NAMES "n, r, w, rw, x, rx, wx, rwx, rx2rw, n2rwx or default"

/* False: an access of that name does not exist. */
bool access_parse(const char *text, unsigned int *access);

/* "?" for an invalid number. */
const char *access_name(unsigned int access);

/* rights: 1 read, 2 write, 4 execute, as "n", "r", "rw", ... */
const char *rights_name(unsigned int rights);

#endif
