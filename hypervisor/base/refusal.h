/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why altview refuses input: pure code finds the reason, and its caller reports it. The message
 * reads "subject: cause; remedy".
 */
#ifndef BASE_REFUSAL_H
#define BASE_REFUSAL_H

#include "status.h"

#include <stdbool.h>

struct refusal {
    enum status status;
    char subject[64]; /* cut if longer */
    const char *cause;
    const char *remedy;
};

/* Fills `why`; returns false, for `return refuse(...)`. */
bool refuse(struct refusal *why, enum status status, const char *subject, const char *cause,
            const char *remedy);

#endif
