/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/place.h"

#include "say.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "va:"

bool place_is_virtual(const char *text)
{
    return !strncmp(text, PREFIX, strlen(PREFIX));
}

static const char *without_prefix(const char *text)
{
    return place_is_virtual(text) ? text + strlen(PREFIX) : text;
}

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.$@"
#define NAME_MOST       256
#define TEXT_MOST       512

/* "sys_getpid+0x10-0x...": a symbol, an offset, and the rest. */
struct symbolic {
    char name[NAME_MOST]; /* "": there is none */
    uint64_t offset;
    const char *rest;
};

static const char not_a_symbol[] = "it is neither a number nor a symbol; write va:NAME, "
                                   "va:NAME+OFFSET or va:NAME+OFFSET+SIZE";

/* NULL, or the error. */
static const char *take_symbol(const char *text, struct symbolic *to)
{
    size_t length = strspn(text, NAME_CHARACTERS), digits;
    char offset[32];

    *to = (struct symbolic){.rest = text};
    if (!length || isdigit((unsigned char)*text)) {
        return NULL; /* a number, or nothing that begins as a symbol */
    }
    if (length >= sizeof(to->name)) {
        return not_a_symbol;
    }
    snprintf(to->name, sizeof(to->name), "%.*s", (int)length, text);
    to->rest = text + length;
    if (*to->rest != '+') {
        return *to->rest && *to->rest != '-' ? not_a_symbol : NULL;
    }
    digits = strcspn(to->rest + 1, "+-");
    if (digits >= sizeof(offset)) {
        return not_a_symbol;
    }
    snprintf(offset, sizeof(offset), "%.*s", (int)digits, to->rest + 1);
    to->rest += 1 + digits;
    return range_number(offset, &to->offset);
}

/* The same with a number in the symbol's place. NULL, or the error. */
static const char *with_number(const struct symbolic *symbolic, uint64_t address, char *text)
{
    unsigned long long at = address + symbolic->offset;
    int size = *symbolic->name ? snprintf(text, TEXT_MOST, "0x%llx%s", at, symbolic->rest)
                               : snprintf(text, TEXT_MOST, "%s", symbolic->rest);

    return size < TEXT_MOST ? NULL : not_a_symbol;
}

/* Only its form, because the symbol's address is not known yet. */
static const char *check_form(const struct place *place, const char *text, char *number)
{
    struct symbolic symbolic;
    const char *wrong = take_symbol(without_prefix(text), &symbolic);

    if (!wrong && *symbolic.name && !place->names.file) {
        return "what symbols there are, --symbols FILE says";
    }
    return wrong ? wrong : with_number(&symbolic, 0, number);
}

static const char *wrong_range(const struct place *place, const char *text)
{
    char number[TEXT_MOST];
    struct range unused;
    const char *wrong = check_form(place, text, number);

    return wrong ? wrong : range_virtual(number, RANGE_PAGE, &unused);
}

int place_check(const struct place *place, const char *what, const char *text, range_parser *parse)
{
    struct range unused;
    const char *wrong = place_is_virtual(text) ? wrong_range(place, text) : parse(text, &unused);

    return wrong ? usage_error("%s %s: %s", what, text, wrong) : 0;
}

int place_check_address(const struct place *place, const char *text)
{
    char number[TEXT_MOST];
    uint64_t unused;
    const char *wrong = place_is_virtual(text) ? check_form(place, text, number) : NULL;

    wrong = wrong ? wrong : range_number(place_is_virtual(text) ? number : text, &unused);
    return wrong ? usage_error("address %s: %s", text, wrong) : 0;
}

/* The text with a number in a symbol's place, when the symbol's address is known. */
static int resolve(struct session *s, const struct place *place, const char *text, char *number)
{
    struct symbolic symbolic;
    uint64_t address = 0;
    const char *wrong = take_symbol(without_prefix(text), &symbolic);

    if (!wrong && *symbolic.name &&
        names_find(s, &place->names, place->space.vcpu, symbolic.name, &address)) {
        return EXIT_FAILED;
    }
    wrong = wrong ? wrong : with_number(&symbolic, address, number);
    return wrong ? fail("%s: %s", text, wrong) : 0;
}

int place_address(struct session *s, const struct place *place, const char *text, uint64_t *address)
{
    char number[TEXT_MOST];
    const char *wrong;

    if (!place_is_virtual(text)) {
        range_number(text, address);
        return 0;
    }
    if (resolve(s, place, text, number)) {
        return EXIT_FAILED;
    }
    wrong = range_number(number, address);
    return wrong ? fail("%s: %s", text, wrong) : 0;
}

int place_range(struct session *s, const struct place *place, const char *text, uint64_t one,
                struct range *range)
{
    char number[TEXT_MOST];
    const char *wrong;

    if (resolve(s, place, text, number)) {
        return EXIT_FAILED;
    }
    wrong = range_virtual(number, one, range);
    return wrong ? fail("%s: %s", text, wrong) : 0;
}

static int translate(struct session *s, const struct place *place, unsigned int view,
                     const struct range *range, struct altview_run **runs, size_t *count)
{
    return altview_translate_range(s->handle, view, &place->space, range->start, range->size, runs,
                                   count)
               ? session_refused()
               : 0;
}

/* A physical range is one piece. */
int place_bytes(struct session *s, const struct place *place, unsigned int view, const char *text,
                struct altview_run **runs, size_t *count)
{
    struct range range;

    if (place_is_virtual(text)) {
        return place_range(s, place, text, RANGE_PAGE, &range)
                   ? EXIT_FAILED
                   : translate(s, place, view, &range, runs, count);
    }
    *runs = malloc(sizeof(**runs));
    if (!*runs) {
        return fail("out of memory");
    }
    range_bytes(text, &range);
    **runs = (struct altview_run){range.start, range.start, range.size};
    *count = 1;
    return 0;
}

static void widen(struct range *range)
{
    uint64_t last = (range->start + (range->size - 1)) | (RANGE_PAGE - 1);

    range->start &= ~((uint64_t)RANGE_PAGE - 1);
    range->size = last - range->start + 1;
}

/* Whole pages. */
static int virtual_pages(struct session *s, const struct place *place, unsigned int view,
                         const char *text, struct range **gfns, size_t *count)
{
    struct altview_run *runs;
    struct range range;

    if (place_range(s, place, text, 1, &range)) {
        return EXIT_FAILED;
    }
    widen(&range);
    if (translate(s, place, view, &range, &runs, count)) {
        return EXIT_FAILED;
    }
    *gfns = calloc(*count, sizeof(**gfns));
    for (size_t i = 0; *gfns && i < *count; i++) {
        (*gfns)[i] = (struct range){runs[i].physical / RANGE_PAGE, runs[i].size / RANGE_PAGE};
    }
    free(runs);
    return *gfns ? 0 : fail("out of memory");
}

int place_pages(struct session *s, const struct place *place, unsigned int view, const char *text,
                struct range **gfns, size_t *count)
{
    if (place_is_virtual(text)) {
        return virtual_pages(s, place, view, text, gfns, count);
    }
    *gfns = malloc(sizeof(**gfns));
    if (!*gfns) {
        return fail("out of memory");
    }
    range_pages(text, *gfns);
    *count = 1;
    return 0;
}
