/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/hexdump.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE 16

static void dump_line(FILE *to, uint64_t address, const uint8_t *bytes, size_t size)
{
    fprintf(to, "0x%08" PRIx64 " ", address);
    for (size_t i = 0; i < LINE; i++) {
        const char *gap = i == LINE / 2 ? " " : "";

        if (i < size) {
            fprintf(to, "%s %02x", gap, bytes[i]);
        } else {
            fprintf(to, "%s   ", gap);
        }
    }
    fputs("  ", to);
    for (size_t i = 0; i < size; i++) {
        fputc(bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.', to);
    }
    fputc('\n', to);
}

void hexdump(FILE *to, uint64_t address, const void *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += LINE) {
        size_t left = size - at;

        dump_line(to, address + at, (const uint8_t *)bytes + at, left < LINE ? left : LINE);
    }
}

static bool digit(char c, uint8_t *value)
{
    if (!isxdigit((unsigned char)c)) {
        return false;
    }
    *value = (uint8_t)(isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10);
    return true;
}

/* A word is whole bytes. */
static bool parse_word(const char *word, uint8_t *to, size_t *size)
{
    for (; *word; word += 2) {
        uint8_t high, low;

        if (!digit(word[0], &high) || !digit(word[1], &low)) {
            return false;
        }
        to[(*size)++] = (uint8_t)(high << 4 | low);
    }
    return true;
}

uint8_t *hex_parse(char *const *words, int count, size_t *size)
{
    size_t digits = 0;
    uint8_t *bytes;

    for (int i = 0; i < count; i++) {
        digits += strlen(words[i]);
    }
    bytes = malloc(digits / 2 + 1);
    *size = 0;
    for (int i = 0; bytes && i < count; i++) {
        if (!parse_word(words[i], bytes, size)) {
            free(bytes);
            return NULL;
        }
    }
    return bytes;
}
