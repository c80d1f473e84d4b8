/* SPDX-License-Identifier: BSD-2-Clause */
#include "say.h"

#include "toolstack/lib/plain.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

const char *say_name = "altview";
void (*say_observer)(const char *text);

/* One write(2) a line, so that it does not mix with other programs' output: stderr has no buffer,
 * and stdio would write the first byte alone. */
__attribute__((format(printf, 1, 0))) static void put(const char *format, va_list args,
                                                      const char *end)
{
    char text[4096], shown[2 * sizeof(text)];

    vsnprintf(text, sizeof(text), format, args);
    plain_text(shown, sizeof(shown), text);
    dprintf(STDERR_FILENO, "%s: %s%s\n", say_name, shown, end);
    if (say_observer) {
        say_observer(shown);
    }
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

const char *write_remedy(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "; see that there is room on the disk";
    case ENOENT:
    case ENOTDIR:
        return "; make its directory first";
    case EACCES:
    case EPERM:
    case EROFS:
        return "; choose a place where you may write";
    case EBADF:
        return "; it is closed: open it, or send it to a file";
    default:
        return "";
    }
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
