/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include "toolstack/lib/plain.h"

#include <stdio.h>
#include <unistd.h>

const char *say_name = "altview";

/* One write(2) a line, so that it does not mix with other programs' output: stderr has no buffer,
 * and stdio would write the first byte alone. */
__attribute__((format(printf, 1, 0))) static void put(const char *format, va_list args,
                                                      const char *end)
{
    char text[4096], shown[2 * sizeof(text)];

    vsnprintf(text, sizeof(text), format, args);
    dprintf(STDERR_FILENO, "%s: %s%s\n", say_name, plain_text(shown, sizeof(shown), text), end);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(format, args, "");
    va_end(args);
}

int fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(format, args, "");
    va_end(args);
    return EXIT_FAILED;
}

int usage_error(const char *format, ...)
{
    va_list args;
    char end[64];

    snprintf(end, sizeof(end), " (altview help %s)", say_name);
    va_start(args, format);
    put(format, args, end);
    va_end(args);
    return EXIT_USAGE;
}
