/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include "console.h"
#include "string.h"

static unsigned int chapter, step, steps, failures;

void report_chapter(const char *title)
{
    chapter++;
    step = 0;
    printf("\n%u. %-56s %-16s %s\n", chapter, title, "expected", "seen");
}

bool report_step(const char *what, const char *expected, const char *seen)
{
    bool ok = string_equal(expected, seen);

    steps++;
    step++;
    failures += !ok;
    printf("%u.%-2u  %-53s %-16s %-16s %s\n", chapter, step, what, expected, seen,
           ok ? "ok" : "FAIL");
    return ok;
}

unsigned int report_steps(void)
{
    return steps;
}

unsigned int report_failures(void)
{
    return failures;
}
