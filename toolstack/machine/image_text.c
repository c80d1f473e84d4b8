/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/image.h"

#include <string.h>

void image_put_options(const struct image *image, FILE *to)
{
    fprintf(to, "altp2m=%s altp2m_count=%lu end=%s", image->mode, image->views, image->end);
    fprintf(to, "%s%s%s%s%s%s", image->bell ? " bell=" : "", image->bell ? image->bell : "",
            image->ring ? " ring=on" : "", image->access_required ? " access_required" : "",
            image->xen_face ? " xen-face=" : "", image->xen_face ? image->xen_face : "");
    if (image->more) {
        fprintf(to, " %s", image->more);
    }
}

const char *image_next_word(const char *text, char *word)
{
    int end = 0;

    return text && sscanf(text, "%4095s%n", word, &end) == 1 ? text + end : NULL;
}

static void put_argument(FILE *to, const char *word)
{
    const char *quote = strchr(word, ' ') ? "\"" : "";

    fprintf(to, " %s", quote);
    for (; *word; word++) {
        if (strchr("\\'\"", *word)) {
            putc('\\', to);
        }
        putc(*word, to);
    }
    fputs(quote, to);
}

void image_put_arguments(const struct image *image, FILE *to)
{
    const char *rest = image->append;
    char word[IMAGE_WORD];

    while ((rest = image_next_word(rest, word))) {
        put_argument(to, word);
    }
    for (int i = 0; i < image->argument_count; i++) {
        put_argument(to, image->arguments[i]);
    }
}
