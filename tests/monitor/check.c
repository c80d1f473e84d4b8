/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "differences.h"

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

static void tell(bool good, const char *what, const char *why, ...)
{
    va_list arguments;

    va_start(arguments, why);
    report(good, what, why, arguments);
    va_end(arguments);
}

/* The answer here and the usual answer must both match the list's row, and must differ. */
static void check_difference(const char *what, const struct difference *d, const char *usual,
                             const char *seen)
{
    tell(differences_match(d->usual, usual) && differences_match(d->here, seen) &&
             strcmp(usual, seen) != 0,
         what, "%s, and usually %s; listed are %s and %s", seen, usual, d->here, d->usual);
}

void check(bool good, const char *what, const char *why, ...)
{
    const struct difference *d = differences_find(story, what);
    va_list arguments;

    if (d) {
        check_difference(what, d, "ok", good ? "ok" : "FAIL");
        return;
    }
    va_start(arguments, why);
    report(good, what, why, arguments);
    va_end(arguments);
}

void check_equal(const char *what, uint64_t expected, uint64_t seen)
{
    const struct difference *d = differences_find(story, what);
    char texts[2][24];

    if (!d) {
        tell(expected == seen, what, "%#" PRIx64 ", not %#" PRIx64, seen, expected);
        return;
    }
    snprintf(texts[0], sizeof(texts[0]), "%#" PRIx64, expected);
    snprintf(texts[1], sizeof(texts[1]), "%#" PRIx64, seen);
    check_difference(what, d, texts[0], texts[1]);
}

bool check_is_made(const char *what)
{
    const struct difference *d = differences_find(story, what);

    return !d || strcmp(d->here, "-") != 0;
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
    for (const struct difference *d; (d = differences_unused(story));) {
        tell(false, d->name, "it is listed, but there is no such difference");
    }
    return failed || !passed;
}
