/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from other parties, made harmless to its reader: names that a guest or a peer has set, names
 * of files, and messages made of them. Characters that affect a terminal, and bytes that are not
 * UTF-8, are shown as bytes, \xNN. These are C0 and C1 controls, DEL, and the characters that
 * change the direction of text (Unicode Standard Annex 9), break lines or are invisible. All other
 * UTF-8 stays unchanged.
 */
#ifndef TOOLSTACK_PLAIN_H
#define TOOLSTACK_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Is it harmless as it is? */
bool plain_is(const char *text);

/* Returns the number of bytes printed; with NULL, the number that it would print. */
size_t plain_put(FILE *to, const char *text);

/* Writes to `to` of `room` bytes, and cuts the text if it does not fit. Returns `to`. */
char *plain_text(char *to, size_t room, const char *text);

/*
 * JSON, as json-c writes it. The JSON keeps its meaning, with \uNNNN for characters that are shown
 * as bytes elsewhere. But JSON can't hold a byte that is not UTF-8: that becomes the four
 * characters \xNN.
 */
void plain_json(FILE *to, const char *json);

/* One byte of a text that is ASCII, except line ends and tabs. */
bool plain_is_ascii(unsigned char byte);

#endif
