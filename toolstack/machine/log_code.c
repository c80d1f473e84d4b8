/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/log_code.h"

#include "guest/disassemble.h"
#include "toolstack/lib/plain.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_MAX 64

static size_t parse_bytes(const char *text, uint8_t *to)
{
    size_t count = 0;
    char *end;

    while (count < CODE_MAX) {
        unsigned long byte = strtoul(text, &end, 16);

        if (end == text || byte > 0xff) {
            break;
        }
        to[count++] = (uint8_t)byte;
        text = end;
    }
    return count;
}

/* The bytes that are shown as \xNN: the log quotes a guest's text, and users read it on a terminal.
 * A \r is the end of a line only with its \n: alone it would let text write over its own line. */
static void put_byte(const struct log_code *c, unsigned char byte)
{
    char text[8];

    c->put(c->context, text, (size_t)snprintf(text, sizeof(text), "\\x%02x", byte));
}

static void put_text(struct log_code *c, const char *text, size_t size)
{
    while (size) {
        size_t part = 0;

        if (c->returned && *text != '\n') {
            put_byte(c, '\r');
        }
        c->returned = false;
        while (part < size && plain_is_ascii((unsigned char)text[part])) {
            part++;
        }
        if (part) {
            c->put(c->context, text, part);
        } else if (text[part] == '\r') {
            c->returned = true;
            part = 1;
        } else {
            put_byte(c, (unsigned char)*text);
            part = 1;
        }
        text += part;
        size -= part;
    }
}

static void put_instruction(const struct log_code *c, uint64_t address, const char *instruction)
{
    char text[256];
    int size = snprintf(text, sizeof(text), "           %" PRIx64 "  %s\n", address, instruction);

    c->put(c->context, text, (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1);
}

static void put_code(const struct log_code *c, unsigned int bits, uint64_t address,
                     const uint8_t *bytes, size_t size)
{
    char text[192];
    size_t length;

    for (; (length = disassemble(bytes, size, bits, address, text, sizeof(text)));
         bytes += length, size -= length, address += length) {
        put_instruction(c, address, text);
    }
}

static void take_line(struct log_code *c)
{
    uint8_t bytes[CODE_MAX];
    unsigned int bits;
    uint64_t address;
    int at = 0;

    c->line[c->used] = 0;
    c->used = 0;
    sscanf(c->line, "altview:   code %2u at %16" SCNx64 ":%n", &bits, &address, &at);
    if (at) {
        put_code(c, bits, address, bytes, parse_bytes(c->line + at, bytes));
    }
}

static void keep(struct log_code *c, const char *text, size_t size)
{
    size_t room = sizeof(c->line) - 1 - c->used;

    size = size < room ? size : room;
    memcpy(c->line + c->used, text, size);
    c->used += size;
}

void log_code_feed(struct log_code *c, const void *bytes, size_t size)
{
    const char *text = bytes;

    while (size) {
        const char *end = memchr(text, '\n', size);
        size_t part = end ? (size_t)(end + 1 - text) : size;

        put_text(c, text, part);
        keep(c, text, end ? part - 1 : part);
        if (end) {
            take_line(c);
        }
        text += part;
        size -= part;
    }
}
