/* SPDX-License-Identifier: BSD-2-Clause */
/* For tests of the hypervisor's pure parts: its decisions before it touches the machine. */
#ifndef PURE_REFUSALS_H
#define PURE_REFUSALS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/refusal.h"
#include "image/image.h"

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A refusal is for people: it has the fact, the cause and the remedy, and the exit status in the
 * launcher's documentation. */
static inline void check_refusal(const char *test, const struct refusal *why, enum status status,
                                 const char *cause)
{
    if (why->status != status || !why->subject[0] || !why->cause || !why->remedy)
        fail_msg("%s: refused with status %d, subject '%s'", test, why->status, why->subject);
    if (!strstr(why->cause, cause))
        fail_msg("%s: refused because '%s', should be '%s'", test, why->cause, cause);
}

/* The same for a guest's file. */
static inline void check_fault(const char *test, const struct image_fault *fault, const char *cause)
{
    const char *said = fault->cause ? fault->cause : "";

    if (!fault->remedy)
        fail_msg("%s: refused without a remedy", test);
    if (!strstr(said, cause))
        fail_msg("%s: refused because '%s', should be '%s'", test, said, cause);
}

#endif
