/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_HEXDUMP_H
#define COMMAND_HEXDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HEXDUMP_ROW 16

/* A dump that goes on from piece to piece; the rest is 0 at first. */
struct hexdump {
    FILE *to;
    bool all; /* equal rows too */
    uint64_t address;
    uint8_t row[HEXDUMP_ROW]; /* the last one */
    bool has_row, folded;
};

/* 16 bytes a row, as numbers and as text, with their addresses. One "*" stands for all rows that
 * are like the row before, but for the last. A piece that ends within a row ends it. */
void hexdump(struct hexdump *dump, uint64_t address, const void *bytes, size_t size);
void hexdump_end(struct hexdump *dump);

/* "de ad", "dead", in several words: the bytes, to be freed; NULL: that is not hexadecimal. */
uint8_t *hex_parse(char *const *words, int count, size_t *size);

#endif
