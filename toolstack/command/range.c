/* SPDX-License-Identifier: BSD-2-Clause */
#include "range.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PAGES (UINT64_MAX / RANGE_PAGE + 1) /* the number in a 64-bit address space */

static const char not_a_number[] = "a number is decimal, or hexadecimal after 0x";
static const char too_large[] = "a number does not fit in 64 bits";
static const char form[] = "write START-LAST, START+SIZE or START, with gfn: before it for pages";

/* A number at *text; *text then points after it. */
static const char *take_number(const char **text, uint64_t *number)
{
    bool is_hex = (*text)[0] == '0' && ((*text)[1] == 'x' || (*text)[1] == 'X');
    const char *digits = *text + (is_hex ? 2 : 0);
    char *end;

    if (!(is_hex ? isxdigit((unsigned char)*digits) : isdigit((unsigned char)*digits))) {
        return not_a_number;
    }
    errno = 0;
    *number = strtoull(digits, &end, is_hex ? 16 : 10);
    *text = end;
    return errno ? too_large : NULL;
}

/* K, M, G, T at *text. */
static const char *take_suffix(const char **text, uint64_t *number)
{
    static const char suffixes[] = "KMGT";
    const char *found = **text ? strchr(suffixes, toupper((unsigned char)**text)) : NULL;
    unsigned int shift;

    if (!found) {
        return NULL;
    }
    ++*text;
    shift = 10 * (unsigned int)(found - suffixes + 1);
    if (*number > UINT64_MAX >> shift) {
        return too_large;
    }
    *number <<= shift;
    return NULL;
}

static const char *take_bytes(const char **text, uint64_t *number)
{
    const char *wrong = take_number(text, number);

    return wrong ? wrong : take_suffix(text, number);
}

typedef const char *number_taker(const char **text, uint64_t *number);

const char *range_number(const char *text, uint64_t *number)
{
    uint64_t value;
    const char *wrong = take_bytes(&text, &value);

    if (wrong || *text) {
        return wrong ? wrong : not_a_number;
    }
    *number = value;
    return NULL;
}

/* The part after the start: its size. `one`: the size of a start alone. */
static const char *take_size(const char **text, number_taker *take, uint64_t start, uint64_t one,
                             uint64_t *size)
{
    char how = **text;
    const char *wrong;

    if (!how) {
        *size = one;
        return NULL;
    }
    if (how != '-' && how != '+') {
        return form;
    }
    ++*text;
    wrong = take(text, size);
    if (wrong || how == '+') {
        return wrong;
    }
    if (*size < start) {
        return "it ends before it starts; for a size write START+SIZE";
    }
    *size -= start - 1;
    return NULL;
}

static const char *parse(const char *text, number_taker *take, uint64_t one, struct range *range)
{
    struct range found;
    const char *wrong = take(&text, &found.start);

    if (!wrong) {
        wrong = take_size(&text, take, found.start, one, &found.size);
    }
    if (wrong || *text) {
        return wrong ? wrong : form;
    }
    /* A size of 0 is an empty range, or all of the 2^64 in START-LAST. */
    if (!found.size) {
        return "it is empty, or everything there is; give a size of at least 1";
    }
    if (found.size - 1 > UINT64_MAX - found.start) {
        return "it goes beyond 64 bits; give less";
    }
    *range = found;
    return NULL;
}

static const char *after_gfn(const char *text)
{
    return strncmp(text, "gfn:", 4) ? NULL : text + 4;
}

static const char *parse_gfns(const char *text, struct range *range)
{
    if (text[strcspn(text, "KMGTkmgt")]) {
        return "gfn: counts pages; K, M, G and T are for bytes";
    }
    return parse(text, take_number, 1, range);
}

const char *range_virtual(const char *text, uint64_t one, struct range *range)
{
    return parse(text, take_bytes, one, range);
}

const char *range_bytes(const char *text, struct range *range)
{
    const char *gfns = after_gfn(text);
    struct range pages;
    const char *wrong =
        gfns ? parse_gfns(gfns, &pages) : parse(text, take_bytes, RANGE_PAGE, range);

    if (wrong || !gfns) {
        return wrong;
    }
    if (pages.start >= PAGES || pages.size >= PAGES || pages.size > PAGES - pages.start) {
        return "it goes beyond 64 bits; give less";
    }
    *range = (struct range){.start = pages.start * RANGE_PAGE, .size = pages.size * RANGE_PAGE};
    return NULL;
}

const char *range_pages(const char *text, struct range *range)
{
    const char *gfns = after_gfn(text);
    struct range bytes;
    const char *wrong;

    if (gfns) {
        return parse_gfns(gfns, range);
    }
    wrong = parse(text, take_bytes, RANGE_PAGE, &bytes);
    if (wrong) {
        return wrong;
    }
    if (bytes.start % RANGE_PAGE) {
        return "it starts inside a page; give a multiple of 4K, or gfn:N for page N";
    }
    if (bytes.size % RANGE_PAGE) {
        return "it ends inside a page; the end of START-LAST is included (0x1000-0x1fff), the size "
               "of START+SIZE is a multiple of 4K";
    }
    *range = (struct range){.start = bytes.start / RANGE_PAGE, .size = bytes.size / RANGE_PAGE};
    return NULL;
}

const char *range_page(const char *text, struct range *range)
{
    struct range found;
    const char *wrong = range_pages(text, &found);

    if (wrong) {
        return wrong;
    }
    if (found.size != 1) {
        return "that is more than one page; give one, as 0x1000 or gfn:1";
    }
    *range = found;
    return NULL;
}
