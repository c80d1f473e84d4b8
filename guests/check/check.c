/* SPDX-License-Identifier: BSD-2-Clause */
#include "check.h"

#include "console.h"
#include "string.h"
#include "world.h"
#include "xen.h"

static const char *current_area;
static unsigned int passed, failed;

void check_area(const char *area)
{
    current_area = area;
}

struct buffer {
    char text[64];
    size_t used;
};

static void put(void *context, char c)
{
    struct buffer *buffer = context;

    if (buffer->used + 1 < sizeof(buffer->text))
        buffer->text[buffer->used++] = c;
}

const char *check_name(const char *format, ...)
{
    static struct buffer buffer;
    va_list args;

    buffer = (struct buffer){.used = 0};
    va_start(args, format);
    format_to(put, &buffer, format, args);
    va_end(args);
    return buffer.text;
}

static void report(const char *name, const char *expected, const char *seen, bool ok,
                   const char *field, const char *deviation)
{
    *(ok ? &passed : &failed) += 1;
    printf("check %s.%s expect=%s seen=%s %s%s%s\n", current_area, name, expected, seen,
           ok ? "ok" : "FAIL", field, deviation);
}

void check_text(const char *name, const char *expected, const char *seen)
{
    report(name, expected, seen, string_equal(expected, seen), "", "");
}

void check_result(const char *name, long expected, long seen)
{
    check_text(name, xen_result(expected), xen_result(seen));
}

void check_text_differs(const char *name, const char *altview, const char *xen, const char *seen)
{
    if (string_equal(altview, xen))
        check_text(name, altview, seen);
    else
        report(name, altview, seen, string_equal(world.altview ? altview : xen, seen),
               " xen=", xen);
}

void check_result_differs(const char *name, long altview, long xen, long seen)
{
    check_text_differs(name, xen_result(altview), xen_result(xen), xen_result(seen));
}

void check_result_bochs(const char *name, long expected, long bochs, long seen)
{
    report(name, xen_result(expected), xen_result(seen), seen == expected || seen == bochs,
           " bochs=", xen_result(bochs));
}

void check_value(const char *name, uint64_t expected, uint64_t seen)
{
    char texts[2][24];

    snprintf(texts[0], sizeof(texts[0]), "%#llx", (unsigned long long)expected);
    snprintf(texts[1], sizeof(texts[1]), "%#llx", (unsigned long long)seen);
    check_text(name, texts[0], texts[1]);
}

void check_trap(const char *name, int expected, struct trap seen)
{
    check_text(name, trap_name(expected), trap_name(seen.vector));
}

struct shown {
    char text[8];
};

static struct shown shown(int value)
{
    struct shown shown;

    if (value < 0)
        snprintf(shown.text, sizeof(shown.text), "%s", trap_name(-value));
    else
        snprintf(shown.text, sizeof(shown.text), "%#x", (unsigned int)value);
    return shown;
}

void check_shows(const char *name, int expected, int seen)
{
    check_text(name, shown(expected).text, shown(seen).text);
}

void check_shows_differs(const char *name, int altview, int xen, int seen)
{
    check_text_differs(name, shown(altview).text, shown(xen).text, shown(seen).text);
}

void check_true(const char *name, bool seen)
{
    check_text(name, "true", seen ? "true" : "false");
}

unsigned int check_failures(void)
{
    return failed;
}

bool check_summary(void)
{
    printf("conformance: %u passed, %u failed\n", passed, failed);
    return passed && !failed;
}
