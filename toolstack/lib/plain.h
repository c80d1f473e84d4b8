/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of others, made harmless to its reader: names that a guest or a peer has set, names of
 * files, and messages made of them. What does something to a terminal, or is not UTF-8, becomes
 * bytes, \xNN: C0 and C1 controls, DEL, and the characters that change the direction of text
 * (Unicode Standard Annex 9), break lines or can't be seen. All other UTF-8 stays as it is.
 */
#ifndef TOOLSTACK_PLAIN_H
#define TOOLSTACK_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Is it harmless as it is? */
bool plain_is(const char *text);

/* Returns how many bytes are, or with NULL would be, printed. */
size_t plain_put(FILE *to, const char *text);

/* Into `to` of `room` bytes, cut where that does not suffice. Returns `to`. */
char *plain_text(char *to, size_t room, const char *text);

/*
 * JSON, as json-c writes it. It means the same afterwards, with \uNNNN for what is shown as bytes
 * elsewhere; but JSON can't say a byte that is not UTF-8: that becomes the four characters \xNN.
 */
void plain_json(FILE *to, const char *json);

/* One byte of a text that is ASCII, but for line ends and tabs. */
bool plain_is_ascii(unsigned char byte);

#endif
