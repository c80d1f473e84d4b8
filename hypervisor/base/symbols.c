/* SPDX-License-Identifier: BSD-2-Clause */
#include "symbols.h"

#include "string.h"

/* One function's entry. */
struct record {
    unsigned int distance, frame;
    const char *name;
    const uint8_t *rows, *next;
};

static struct record read_record(const uint8_t *at)
{
    struct record r = {.distance = at[0] | (unsigned int)at[1] << 8};

    if (r.distance == SYMBOLS_END) {
        return r; /* nothing follows */
    }
    r.frame = at[2];
    r.name = (const char *)at + 3;
    r.rows = at + 3 + strlen(r.name) + 1;
    for (r.next = r.rows; *r.next; r.next += 2) {
    }
    r.next++;
    return r;
}

static unsigned int frame_at(const struct record *r, uint32_t offset)
{
    unsigned int frame = r->frame;
    uint32_t at = 0;

    for (const uint8_t *row = r->rows; *row && at + row[0] <= offset; row += 2) {
        at += row[0];
        frame = row[1];
    }
    return frame;
}

bool symbol_find(const uint8_t *table, uint32_t offset, struct symbol *found)
{
    struct record last = {0}, r = read_record(table);

    while (r.distance != SYMBOLS_END && r.distance <= offset) {
        offset -= r.distance;
        last = r;
        r = read_record(r.next);
    }
    if (!last.name || !*last.name) {
        return false;
    }
    *found = (struct symbol){last.name, offset, frame_at(&last, offset)};
    return true;
}
