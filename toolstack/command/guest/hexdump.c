/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/hexdump.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_row(FILE *to, uint64_t address, const uint8_t *bytes, size_t size)
{
    fprintf(to, "0x%08" PRIx64 " ", address);
    for (size_t i = 0; i < HEXDUMP_ROW; i++) {
        const char *gap = i == HEXDUMP_ROW / 2 ? " " : "";

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

static bool is_like_last(const struct hexdump *dump, const uint8_t *bytes, size_t size)
{
    return dump->has_row && !dump->all && size == HEXDUMP_ROW && !memcmp(dump->row, bytes, size);
}

static void fold(struct hexdump *dump)
{
    if (!dump->folded) {
        fputs("*\n", dump->to);
    }
    dump->folded = true;
}

static void dump_row(struct hexdump *dump, uint64_t address, const uint8_t *bytes, size_t size)
{
    dump->address = address;
    if (is_like_last(dump, bytes, size)) {
        fold(dump);
        return;
    }
    print_row(dump->to, address, bytes, size);
    dump->folded = false;
    dump->has_row = size == HEXDUMP_ROW;
    memcpy(dump->row, bytes, size);
}

void hexdump(struct hexdump *dump, uint64_t address, const void *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += HEXDUMP_ROW) {
        size_t left = size - at;

        dump_row(dump, address + at, (const uint8_t *)bytes + at,
                 left < HEXDUMP_ROW ? left : HEXDUMP_ROW);
    }
}

void hexdump_end(struct hexdump *dump)
{
    if (dump->folded) {
        print_row(dump->to, dump->address, dump->row, HEXDUMP_ROW);
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
