/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_HEXDUMP_H
#define COMMAND_HEXDUMP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* 16 bytes a line, as numbers and as text, with their addresses. */
void hexdump(FILE *to, uint64_t address, const void *bytes, size_t size);

/* "de ad", "dead", in several words: the bytes, to be freed; NULL: that is not hexadecimal. */
uint8_t *hex_parse(char *const *words, int count, size_t *size);

#endif
