/* SPDX-License-Identifier: BSD-2-Clause */
#include "refusal.h"

#include <stddef.h>

bool refuse(struct refusal *why, enum status status, const char *subject, const char *cause,
            const char *remedy)
{
    size_t i;

    why->status = status;
    for (i = 0; subject[i] && i + 1 < sizeof(why->subject); i++) {
        why->subject[i] = subject[i];
    }
    why->subject[i] = '\0';
    why->cause = cause;
    why->remedy = remedy;
    return false;
}
