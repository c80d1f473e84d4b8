/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory map, virtual addresses by the guest's own page tables, the search; access_required. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOST   ALTVIEW_NO_VIEW
#define UNUSED 0x7f /* no page is mapped there by the guest: in the middle of canonical addresses */

/* Each end of a range of RAM is RAM, and the page after it is not. */
static void check_range(struct guest *g, const struct altview_memory_range *r)
{
    uint64_t start = r->gfn * PAGE_SIZE, end = start + r->nr * PAGE_SIZE;
    uint8_t byte;

    check_answer("the map: where RAM begins, it can be read", 0,
                 altview_read(g->handle, HOST, start, &byte, 1));
    check_answer("the map: and where it ends", 0, altview_read(g->handle, HOST, end - 1, &byte, 1));
}

/* The largest hole between two ranges: most of it is altview's own memory. */
struct hole {
    uint64_t start, end; /* addresses */
};

static struct hole find_hole(const struct altview_memory_range *ranges, size_t count)
{
    struct hole found = {0, 0};

    for (size_t i = 1; i < count; i++) {
        const uint64_t start = (ranges[i - 1].gfn + ranges[i - 1].nr) * PAGE_SIZE,
                       end = ranges[i].gfn * PAGE_SIZE;

        if (end - start > found.end - found.start) {
            found = (struct hole){start, end};
        }
    }
    check(found.end > found.start, "the map has a hole: what altview keeps", "%zu ranges", count);
    return found;
}

static struct hole check_map(struct guest *g)
{
    struct altview_memory_range *ranges;
    uint64_t maximum, ram = 0, last = 0;
    struct hole hole;
    uint8_t byte;
    size_t count;

    need("the memory map", altview_memory_map(g->handle, &ranges, &count));
    need("the maximum gfn", altview_maximum_gfn(g->handle, &maximum));
    for (size_t i = 0; i < count; i++) {
        if (ranges[i].type == ALTVIEW_MEMORY_RAM) {
            check_range(g, &ranges[i]);
            ram += ranges[i].nr;
            last = ranges[i].gfn + ranges[i].nr - 1;
        }
    }
    hole = find_hole(ranges, count);
    free(ranges);
    note("%" PRIu64 " pages of RAM, the last at gfn %#" PRIx64 ", a hole from %#" PRIx64
         " to %#" PRIx64,
         ram, last, hole.start, hole.end);
    check_equal("the map: its last page of RAM is at the maximum gfn", maximum, last);
    check(ram + (hole.end - hole.start) / PAGE_SIZE <= maximum + 1,
          "the map: RAM, but for the hole", "%" PRIu64 " pages", ram);
    check_answer("the map: what altview keeps is not to be read", -EFAULT,
                 altview_read(g->handle, HOST, hole.start, &byte, 1));
    check_answer("the map: nor is its end", -EFAULT,
                 altview_read(g->handle, HOST, hole.end - 1, &byte, 1));
    return hole;
}

static struct altview_translation translate(struct guest *g, unsigned int view, uint64_t address)
{
    const struct altview_space space = {0};
    struct altview_translation t;

    need("a virtual address leads somewhere",
         altview_translate(g->handle, view, &space, address, &t));
    return t;
}

/* The guest's virtual addresses equal its physical ones. */
static void check_translation(struct guest *g)
{
    const struct altview_space space = {0};
    struct altview_translation t = translate(g, HOST, g->area + 0x123);
    uint64_t value = 0;

    check_equal("translated: an address of the guest's", g->area + 0x123, t.physical);
    check_equal("translated: by 4 levels", ALTVIEW_PAGING_4_LEVEL, t.mode);
    check_equal("translated: by the vCPU's CR3", guest_vcpu(g).cr3, t.cr3);
    need("an entry is read", altview_read(g->handle, HOST, t.steps[0].address, &value, 8));
    check_equal("translated: the first entry is where it is said to be", t.steps[0].value, value);
    check_answer("translated: what the guest has not mapped", -EFAULT,
                 altview_translate(g->handle, HOST, &space, (uint64_t)UNUSED << 40, &t));
    check_equal("translated: it stops where the entry is not present", ALTVIEW_WALK_NOT_PRESENT,
                t.end);
    note("%s", altview_error());
}

/* Across a page end, by virtual addresses; the guest reads the bytes by its own instructions. */
static void check_virtual(struct guest *g)
{
    const struct altview_space space = {0};
    uint64_t address = guest_address(g, 2) - 4, value = UINT64_C(0x1122334455667788), back = 0;

    need("written", altview_write_virtual(g->handle, HOST, &space, address, &value, 8));
    guest_expect(g, address, value);
    need("read", altview_read_virtual(g->handle, HOST, &space, address, &back, 8));
    check_equal("by virtual addresses: what was written is read", value, back);
    guest_do(g, MAILBOX_READ, address, 0, 0);
    guest_check_result(g, "by virtual addresses: the guest reads it", value);
}

/* A view shows a copy of a page of tables, in which one entry leads a page, or a large page,
 * further. The guest never runs in that view. */
static void check_view(struct guest *g)
{
    struct altview_translation t = translate(g, HOST, g->area), in_view;
    const struct altview_translation_step *leaf = &t.steps[t.step_count - 1];
    uint64_t table = leaf->address & ~(uint64_t)(PAGE_SIZE - 1), copy = guest_address(g, 4);
    uint64_t step = UINT64_C(1) << t.page_shift;
    unsigned int view = 0;
    uint8_t page[PAGE_SIZE];

    need("a page of tables is read", altview_read(g->handle, HOST, table, page, sizeof(page)));
    *(uint64_t *)(page + leaf->address % PAGE_SIZE) = leaf->value + step;
    guest_put_bytes(g, copy, page, sizeof(page));
    need("a view", altview_create_view(g->handle, ACCESS_RWX, &view));
    need("remapped", altview_remap(g->handle, view, table / PAGE_SIZE, copy / PAGE_SIZE));
    in_view = translate(g, view, g->area);
    check_equal("translated: through a view that shows other tables", t.physical + step,
                in_view.physical);
    check_equal("translated: not through that view", t.physical,
                translate(g, HOST, g->area).physical);
    need("destroyed", altview_destroy_view(g->handle, view));
}

/* The number of matches in [from, last]; *where is the first one. */
static size_t search(struct guest *g, uint64_t from, uint64_t last, const void *bytes, size_t size,
                     uint64_t *where)
{
    static uint64_t places[ALTVIEW_SEARCH_MOST];
    size_t count, all = 0;

    while (from != ALTVIEW_NO_GFN) {
        need("searched", altview_search(g->handle, HOST, &from, last, bytes, size, places, &count));
        if (count && !all) {
            *where = places[0];
        }
        all += count;
    }
    return all;
}

/* altview's own memory has the bytes too, because they came with the request. */
static void check_search(struct guest *g, const struct hole *hole)
{
    static const char text[] = "across the end of a page";
    uint64_t place = guest_address(g, 8) - 7, where = 0;

    guest_put_bytes(g, place, text, sizeof(text));
    check_equal("searched: found once, by its pages", 1,
                search(g, g->area, g->area + sizeof(g->expected) - 1, text, sizeof(text), &where));
    check_equal("searched: where it is", place, where);
    check_equal("searched: not in what altview keeps, nor in rings", 0,
                search(g, hole->start - 16 * PAGE_SIZE, hole->end + 16 * PAGE_SIZE, text,
                       sizeof(text), &where));
}

static unsigned int hello_flags(struct guest *g)
{
    struct altview_hello hello;

    need("hello", altview_hello(g->handle, &hello));
    return hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED;
}

/* The monitor sets access_required, and takes it back before an access is refused: the guest goes
 * on, and the page is open. */
static void check_required(struct guest *g)
{
    unsigned int view;

    need("required", altview_set_required(g->handle, true));
    check_equal("required: it is so", ALTVIEW_HELLO_ACCESS_REQUIRED, hello_flags(g));
    need("not required", altview_set_required(g->handle, false));
    check_equal("required no more: it is so", 0, hello_flags(g));
    view = guest_new_view(g);
    guest_restrict(g, view, 12, ACCESS_R);
    guest_do(g, MAILBOX_WRITE, guest_address(g, 12), 12, 0);
    guest_check_trap(g, "required no more: the guest goes on", MAILBOX_NO_TRAP);
    guest_expect(g, guest_address(g, 12), 12);
    check_equal("required no more: the page is open", ACCESS_RWX, guest_access(g, view, 12));
}

void story_memory(struct guest *g)
{
    const struct hole hole = check_map(g);

    check_translation(g);
    check_virtual(g);
    check_view(g);
    check_search(g, &hole);
    check_required(g);
}
