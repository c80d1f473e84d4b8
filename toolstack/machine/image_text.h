/* SPDX-License-Identifier: BSD-2-Clause */
/* The command lines of what an image holds, whichever loader hands them over. Pure. */
#ifndef RUN_IMAGE_TEXT_H
#define RUN_IMAGE_TEXT_H

#include "toolstack/machine/image.h"

#include <stdio.h>

/* altview's own. */
void image_put_options(const struct image *image, FILE *to);

/* The guest's arguments as GRUB hands them over, each after a blank: in quotes if it holds a blank,
 * a backslash before each quote and backslash. */
void image_put_arguments(const struct image *image, FILE *to);

/* The next word of a text, into `word` of IMAGE_WORD bytes; where it ends. NULL: there is none. */
#define IMAGE_WORD 4096
const char *image_next_word(const char *text, char *word);

#endif
