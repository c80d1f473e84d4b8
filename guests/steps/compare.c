/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * It leaves out values that may differ: accessed and dirty bits, which stepping may set earlier,
 * and clocks' values, which sequences discard.
 */
#include "run.h"

#include "string.h"

#define FIELD(f) offsetof(struct event, f) / 8
static const char *const fields[] = {
    "RAX",    "RCX",
    "RDX",    "RBX",
    "RSP",    "RBP",
    "RSI",    "RDI",
    "R8",     "R9",
    "R10",    "R11",
    "R12",    "R13",
    "R14",    "R15",
    "vector", "error code",
    "RIP",    "CS",
    "RFLAGS", "RSP in the frame",
    "SS",     "the frame's address",
    "CR2",    "DR6",
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static char text[160];

static const char *differ(const char *what, uint64_t expected, uint64_t seen)
{
    snprintf(text, sizeof(text), "%s: %#lx, not %#lx", what, (unsigned long)seen,
             (unsigned long)expected);
    return text;
}

/* What it is comes first, then where, then registers. */
static const char *compare_event(unsigned int number, const struct event *expected,
                                 const struct event *seen)
{
    const uint64_t *a = expected->gpr, *b = seen->gpr;
    char what[64];

    for (unsigned int n = 0; n < FIELDS; n++) {
        unsigned int i = (n + GPRS) % FIELDS;

        if (a[i] == b[i])
            continue;
        snprintf(what, sizeof(what), "exception %u (vector %#lx at %#lx), %s", number,
                 (unsigned long)expected->vector, (unsigned long)expected->ip, fields[i]);
        return differ(what, a[i], b[i]);
    }
    return NULL;
}

static const char *compare_events(const struct outcome *expected, const struct outcome *seen)
{
    const char *difference = NULL;

    for (unsigned int i = 0; !difference && i < expected->count && i < seen->count; i++)
        difference = compare_event(i, &expected->events[i], &seen->events[i]);
    if (!difference && expected->count != seen->count)
        difference = differ("exceptions", expected->count, seen->count);
    return difference;
}

static const char *compare_vectors(const struct outcome *expected, const struct outcome *seen)
{
    for (unsigned int i = 0; i < ENTER_VECTOR_SIZE / 8; i++) {
        char what[48];

        if (expected->vectors[i] == seen->vectors[i])
            continue;
        snprintf(what, sizeof(what), "byte %u of the XSAVE area", i * 8);
        return differ(what, expected->vectors[i], seen->vectors[i]);
    }
    return NULL;
}

static const char *compare_memory(void)
{
    uint8_t expected = 0, seen = 0;
    uint64_t at = arena_difference(&expected, &seen);
    char what[48];

    if (at == ARENA_SAME)
        return NULL;
    snprintf(what, sizeof(what), "the byte at %#lx", (unsigned long)at);
    return differ(what, expected, seen);
}

static const char *compare_rest(const struct outcome *expected, const struct outcome *seen)
{
    static const char *const names[RUN_BASES] = {"FS base", "GS base", "kernel GS base"};

    if (expected->view != seen->view)
        return differ("view at the end", expected->view, seen->view);
    for (unsigned int i = 0; i < RUN_BASES; i++)
        if (expected->bases[i] != seen->bases[i])
            return differ(names[i], expected->bases[i], seen->bases[i]);
    return NULL;
}

const char *compare(const struct outcome *expected, const struct outcome *seen)
{
    const char *difference = compare_events(expected, seen);

    difference = difference ? difference : compare_rest(expected, seen);
    difference = difference ? difference : compare_memory();
    return difference ? difference : compare_vectors(expected, seen);
}
