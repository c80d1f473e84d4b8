/* SPDX-License-Identifier: BSD-2-Clause */
#include "plain.h"

#include <stdint.h>
#include <string.h>

#define ESCAPE_SIZE 4 /* \xNN */

/* The forms of UTF-8: Unicode Standard, table 3-7, by the bits of the first byte. */
static const struct {
    uint8_t mask, lead;
    uint8_t more; /* bytes that follow */
    uint32_t least;
} forms[] = {
    {0x80, 0x00, 0, 0},
    {0xe0, 0xc0, 1, 0x80},
    {0xf0, 0xe0, 2, 0x800},
    {0xf8, 0xf0, 3, 0x10000},
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static const struct {
    uint32_t first, last;
} harmful[] = {
    {0, 0x1f},          {0x7f, 0x9f}, {0xad, 0xad}, /* soft hyphen: can't be seen */
    {0x61c, 0x61c},                                 /* Arabic letter mark */
    {0x200b, 0x200f},   /* zero width, left-to-right and right-to-left mark */
    {0x2028, 0x202e},   /* line and paragraph separator, embeddings and overrides */
    {0x2060, 0x206f},   /* isolates, and what can't be seen */
    {0xfeff, 0xfeff},   /* zero width no-break space */
    {0xfff9, 0xfffb},   /* interlinear annotation */
    {0xe0000, 0xe0fff}, /* tags, and variation selectors beyond the usual */
};
#define HARMFUL (sizeof(harmful) / sizeof(harmful[0]))

/* The size of the character at `s`; 0: it is no character. The text's end, a 0, is a character. */
static size_t decode(const uint8_t *s, uint32_t *character)
{
    size_t form = 0;

    while (form < FORMS && (s[0] & forms[form].mask) != forms[form].lead) {
        form++;
    }
    if (form == FORMS) {
        return 0;
    }
    *character = s[0] & (uint8_t)~forms[form].mask;
    for (size_t i = 1; i <= forms[form].more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        *character = *character << 6 | (s[i] & 0x3f);
    }
    if (*character < forms[form].least || *character > 0x10ffff || *character >> 11 == 0x1b) {
        return 0; /* an overlong form, beyond Unicode, or a surrogate */
    }
    return forms[form].more + 1U;
}

static bool does_harm(uint32_t character)
{
    size_t i = 0;

    while (i < HARMFUL && (character < harmful[i].first || character > harmful[i].last)) {
        i++;
    }
    return i < HARMFUL;
}

/* The number of bytes that can be shown unchanged; 0: the next one can't. */
static size_t harmless(const char *text)
{
    uint32_t character;
    size_t size = decode((const uint8_t *)text, &character);

    return size && !does_harm(character) ? size : 0;
}

bool plain_is(const char *text)
{
    size_t size = 1;

    for (; *text && size; text += size) {
        size = harmless(text);
    }
    return size;
}

/* The next bytes of `text`, as they are shown, without a 0. Returns how many they were. */
static size_t show(const char *text, char *to, size_t *shown)
{
    size_t size = harmless(text);
    char escape[ESCAPE_SIZE + 1];

    if (size) {
        memcpy(to, text, size);
        *shown = size;
        return size;
    }
    snprintf(escape, sizeof(escape), "\\x%02x", (uint8_t)*text);
    memcpy(to, escape, ESCAPE_SIZE);
    *shown = ESCAPE_SIZE;
    return 1;
}

size_t plain_put(FILE *to, const char *text)
{
    size_t all = 0, size;
    char bytes[ESCAPE_SIZE];

    while (*text) {
        text += show(text, bytes, &size);
        all += size;
        if (to) {
            fwrite(bytes, 1, size, to);
        }
    }
    return all;
}

char *plain_text(char *to, size_t room, const char *text)
{
    size_t used = 0, size = 0;
    char bytes[ESCAPE_SIZE];

    while (*text) {
        text += show(text, bytes, &size);
        if (used + size >= room) {
            break;
        }
        memcpy(to + used, bytes, size);
        used += size;
    }
    if (room) {
        to[used] = 0;
    }
    return to;
}

static void put_character(FILE *to, uint32_t character)
{
    if (character < 0x10000) {
        fprintf(to, "\\u%04x", character);
    } else { /* RFC 8259, section 7: two of them */
        fprintf(to, "\\u%04x\\u%04x", 0xd800 | (character - 0x10000) >> 10,
                0xdc00 | (character & 0x3ff));
    }
}

void plain_json(FILE *to, const char *json)
{
    uint32_t character;

    while (*json) {
        size_t size = decode((const uint8_t *)json, &character);

        if (!size) {
            fprintf(to, "\\\\x%02x", (uint8_t)*json);
            size = 1;
        } else if (does_harm(character)) {
            put_character(to, character);
        } else {
            fwrite(json, 1, size, to);
        }
        json += size;
    }
}

bool plain_is_ascii(unsigned char byte)
{
    return (byte >= ' ' && byte <= '~') || byte == '\n' || byte == '\t';
}
