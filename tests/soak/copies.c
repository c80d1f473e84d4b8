/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A view may show a copy in place of a page without harm if no code writes the page, for example
 * Linux's constants. The copies lie below 640 KiB: Linux uses of the first MiB only its trampoline
 * (Linux: arch/x86/realmode/init.c, reserve_real_mode), which lies at the end of that.
 */
#include "soak.h"

#include <string.h>

#define FIRST_COPY 0x20 /* gfn */

void copies_make(struct soak *s, uint64_t first, uint64_t pages)
{
    uint8_t page[PAGE_SIZE];

    for (unsigned int i = 0; i < SOAK_COPIES; i++) {
        struct soak_copy *c = &s->copies[i];

        *c = (struct soak_copy){first + soak_random(s, pages), FIRST_COPY + i};
        soak_need("a constant page is read",
                  altview_read(s->handle, ALTVIEW_NO_VIEW, c->gfn * PAGE_SIZE, page, sizeof(page)));
        soak_need("it is copied", altview_write(s->handle, ALTVIEW_NO_VIEW, c->copy * PAGE_SIZE,
                                                page, sizeof(page)));
    }
}

void copies_check(struct soak *s)
{
    uint8_t page[PAGE_SIZE], copy[PAGE_SIZE];

    for (unsigned int i = 0; i < SOAK_COPIES; i++) {
        const struct soak_copy *c = &s->copies[i];

        soak_need("a constant page is read",
                  altview_read(s->handle, ALTVIEW_NO_VIEW, c->gfn * PAGE_SIZE, page, sizeof(page)));
        soak_need("its copy is read", altview_read(s->handle, ALTVIEW_NO_VIEW, c->copy * PAGE_SIZE,
                                                   copy, sizeof(copy)));
        soak_expect(s, "a constant page and its copy are the same", 0,
                    memcmp(page, copy, sizeof(page)));
    }
}
