/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 31 /* longer words have no near ones */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many characters are inserted, left out or exchanged between the two (Levenshtein). Both are
 * no longer than LONGEST. */
static size_t edits(const char *a, size_t a_length, const char *b)
{
    size_t row[LONGEST + 1], b_length = strlen(b);

    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t exchanged = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            row[j] = least(exchanged, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_length];
}

/* The beginning of a word counts as one mistake, however much of the word is missing. */
static size_t mistakes(const char *typed, size_t length, const char *word)
{
    return strncmp(typed, word, length) ? edits(typed, length, word) : 1;
}

/* Two mistakes, but in short words one: of three letters two could be anything. */
static size_t tolerance(size_t length)
{
    return length > 3 ? 2 : 1;
}

void nearest_try(struct nearest *nearest, const char *word)
{
    size_t length = strcspn(nearest->typed, "="), found;

    if (length < 2 || length > LONGEST || strlen(word) > LONGEST) {
        return;
    }
    found = mistakes(nearest->typed, length, word);
    if (found <= tolerance(length) && (!nearest->word || found < nearest->edits)) {
        nearest->word = word;
        nearest->edits = found;
    }
}

void nearest_text(const struct nearest *nearest, const char *prefix, char *text, size_t size)
{
    text[0] = 0;
    if (nearest->word) {
        snprintf(text, size, "; did you mean %s%s?", prefix, nearest->word);
    }
}
