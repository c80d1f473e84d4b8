/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/stack.h"

#include "base/log.h"
#include "base/symbols.h"
#include "memory/image.h"
#include "memory/paging.h"

#include <stdbool.h>

#define MOST_LINES 24

/* The build links the real table after it knows the addresses: see meson.build. */
__attribute__((weak)) const uint8_t symbol_table[] = {SYMBOLS_END & 0xff, SYMBOLS_END >> 8};

static bool find(uint64_t address, struct symbol *found)
{
    return address >= (uintptr_t)image_start && address < (uintptr_t)image_data &&
           symbol_find(symbol_table, (uint32_t)(address - (uintptr_t)image_start), found);
}

/* A place in a function, and its RSP there. A return address may already belong to the next
 * function. */
struct frame {
    uint64_t rip, rsp;
    unsigned int within; /* 1: look one byte before RIP */
};

/* Go from a function to its caller. */
static bool go_out(struct frame *f, unsigned int words)
{
    const uint64_t *top = (const uint64_t *)(f->rsp + words * sizeof(*top));

    if (!words || f->rsp % sizeof(*top) || !paging_maps((uintptr_t)(top - 1))) {
        return false;
    }
    *f = (struct frame){top[-1], (uintptr_t)top, 1};
    return true;
}

/* A repeated call site is one line: otherwise recursion would hide its beginning. */
static bool go_out_of_all(struct frame *f, const struct symbol *s)
{
    uint64_t from = f->rip;
    unsigned int again = 0;
    bool out = go_out(f, s->frame);

    while (out && f->rip == from) {
        out = go_out(f, s->frame);
        again++;
    }
    if (again) {
        log_line("  ... %u times more", again);
    }
    return out;
}

void backtrace(uint64_t rip, uint64_t rsp)
{
    struct frame f = {rip, rsp, 0};
    struct symbol s;
    bool out = true;

    for (unsigned int i = 0; i < MOST_LINES && out; i++) {
        if (find(f.rip - f.within, &s)) {
            log_line("  at %s+0x%x", s.name, s.offset + f.within);
            out = go_out_of_all(&f, &s);
        } else {
            log_line("  at %lx", f.rip);
            out = i == 0 && go_out(&f, 1); /* as after a call to an address without a function */
        }
    }
}
