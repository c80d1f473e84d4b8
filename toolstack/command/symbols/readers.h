/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of a file of symbols. 0, or an exit status after having said what is wrong. */
#ifndef COMMAND_SYMBOLS_READERS_H
#define COMMAND_SYMBOLS_READERS_H

#include "symbols/symbols.h"

#include <stdio.h>

int symbols_read_elf(const char *file, int descriptor, struct symbols *to);
int symbols_read_text(const char *file, FILE *from, struct symbols *to);

#endif
