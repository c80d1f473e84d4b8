/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

/* Unquote the word at *from in place. False: a quote has no end. */
static bool take_word(char **from, char *to)
{
    char quote = 0, *at = *from;

    for (; *at && (quote || !strchr(blanks, *at)); at++) {
        if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = quote ? 0 : *at;
        } else {
            *to++ = *at;
        }
    }
    *from = at + (*at != 0);
    *to = 0;
    return !quote;
}

int words_split(char *line, char **words, int room, const char **wrong)
{
    int count = 0;

    for (;;) {
        line += strspn(line, blanks);
        if (!*line || *line == '#') {
            words[count] = NULL;
            return count;
        }
        if (count == room) {
            *wrong = "too many words";
            return -1;
        }
        words[count++] = line;
        if (!take_word(&line, line)) {
            *wrong = "a quote without its end";
            return -1;
        }
    }
}
