/* SPDX-License-Identifier: BSD-2-Clause */
/* For "did you mean": the one of some words that is most like a mistyped one. */
#ifndef COMMAND_NEAREST_H
#define COMMAND_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *typed; /* may end with "=VALUE", which does not count */
    const char *word;  /* the best so far, or NULL: none is like it */
    size_t edits;      /* between the two */
};

/* Compare one more word with what was typed. */
void nearest_try(struct nearest *nearest, const char *word);

/* "; did you mean PREFIXWORD?" into `text`, or "" if no word is like it. */
void nearest_text(const struct nearest *nearest, const char *prefix, char *text, size_t size);

#endif
