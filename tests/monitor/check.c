/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include <altview/altview.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *story = "monitor";
static unsigned int passed, failed;

void check_story(const char *name)
{
    story = name;
}

static void report(bool good, const char *what, const char *why, va_list arguments)
{
    if (good) {
        passed++;
        printf("ok %s: %s\n", story, what);
    } else {
        failed++;
        printf("FAIL %s: %s (", story, what);
        vprintf(why, arguments);
        puts(")");
    }
    fflush(stdout);
}

void check(bool good, const char *what, const char *why, ...)
{
    va_list arguments;

    va_start(arguments, why);
    report(good, what, why, arguments);
    va_end(arguments);
}

void check_equal(const char *what, uint64_t expected, uint64_t seen)
{
    check(expected == seen, what, "%#" PRIx64 ", not %#" PRIx64, seen, expected);
}

void check_text(const char *what, const char *expected, const char *seen)
{
    check(!strcmp(expected, seen), what, "\"%s\", not \"%s\"", seen, expected);
}

void check_answer(const char *what, int expected, int seen)
{
    check(expected == seen, what, "%s, not %s; %s", strerror(-seen), strerror(-expected),
          altview_error());
}

void give_up(const char *what, const char *why, ...)
{
    va_list arguments;

    va_start(arguments, why);
    report(false, what, why, arguments);
    va_end(arguments);
    exit(1);
}

void need(const char *what, int rc)
{
    if (rc) {
        give_up(what, "%s: %s", strerror(-rc), altview_error());
    }
}

void note(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    puts("");
}

int check_status(void)
{
    return failed || !passed;
}
