/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image's functions by address, and the size of their stack frames at each instruction. A
 * backtrace needs these without a frame pointer. make-symbols.sh writes the table from the output
 * of linker and compiler. Pure.
 */
#ifndef BASE_SYMBOLS_H
#define BASE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Functions in the order of their addresses, for each
 *     2 bytes, little-endian: how far its start is from that of the one before (of the image, at
 *         first); SYMBOLS_END ends the table
 *     1 byte: 8-byte words from RSP to the end of its return address at its first instruction
 *     its name and a 0
 *     pairs of bytes: so many bytes further on, it is so many words; a 0 ends them
 * 0 words: not known. All zero in an image that was linked without a table.
 */
extern const uint8_t symbol_table[];
#define SYMBOLS_END 0xffff

struct symbol {
    const char *name;
    uint32_t offset;    /* of the address looked for, from the function's start */
    unsigned int frame; /* words */
};

/* The function that holds the byte at `offset` from the image's start. False: there is none. */
bool symbol_find(const uint8_t *table, uint32_t offset, struct symbol *found);

#endif
