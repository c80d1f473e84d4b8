/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ranges of guest physical memory in the command's notation:
 *
 *     0x1000-0x1fff     bytes, the end included        gfn:0x100-0x1ff   page frames, likewise
 *     16M+4K            a start and a size             gfn:0x100+16      a frame and how many
 *     0x1000            the 4096 bytes from there      gfn:0x100         that page
 *
 * Numbers are decimal or, after 0x, hexadecimal; those of bytes may end in K, M, G or T.
 */
#ifndef COMMAND_RANGE_H
#define COMMAND_RANGE_H

#include <stdint.h>

#define RANGE_PAGE 4096U

struct range {
    uint64_t start, size; /* in bytes, or in pages */
};

/* These return NULL, or the error in the text and its remedy. */
typedef const char *range_parser(const char *text, struct range *range);
range_parser range_bytes;
range_parser range_pages; /* start is a gfn; bytes must be whole pages */
range_parser range_page;  /* exactly one */

/* Bytes without "gfn:". A start alone has the size `one`. */
const char *range_virtual(const char *text, uint64_t one, struct range *range);

/* "7", "0x10", "16M". NULL, or the error. */
const char *range_number(const char *text, uint64_t *number);

#endif
