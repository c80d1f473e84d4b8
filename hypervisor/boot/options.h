/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's command line: words separated by blanks. Pure. */
#ifndef BOOT_OPTIONS_H
#define BOOT_OPTIONS_H

#include "base/refusal.h"
#include "boot.h"

/*
 * Fills in defaults and what `line` says. A bad word is an error, but the rest is read all the
 * same, so that end= holds for the report of the first bad one.
 */
bool options_parse(struct boot_options *options, const char *line, struct refusal *why);

#endif
