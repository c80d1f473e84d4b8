/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_WORDS_H
#define COMMAND_WORDS_H

/*
 * Split a line in place, at blanks; "..." and '...' hold blanks, "#" at the start of a word begins
 * a comment. words[] gets at most `room` and a NULL: how many, or -1 with *wrong set.
 */
int words_split(char *line, char **words, int room, const char **wrong);

#endif
