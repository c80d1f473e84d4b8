/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char doing[256] = "(nothing described)";

void sim_describe(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(doing, sizeof(doing), format, args);
    va_end(args);
}

void sim_fail(const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "FAILED at %s:\n  ", doing);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

uint64_t sim_number(const char *text)
{
    char *end;
    uint64_t value = strtoull(text, &end, 0);

    if (!*text || *end) {
        fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return value;
}
