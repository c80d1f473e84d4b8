/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges of virtual addresses: the library translates each page, then reads or writes the memory
 * there. */
#include "../handle.h"

#include <errno.h>
#include <stdlib.h>

struct runs {
    struct altview_run *runs;
    size_t count, room;
};

/* Extend the last run, or add a new one. */
static int add(struct runs *r, const struct altview_run *next)
{
    struct altview_run *last = r->count ? &r->runs[r->count - 1] : NULL;

    if (last && last->physical + last->size == next->physical) {
        last->size += next->size;
        return 0;
    }
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 16;
        void *more = realloc(r->runs, room * sizeof(*next));

        if (!more) {
            return altview_fail(-ENOMEM, "out of memory");
        }
        r->runs = more;
        r->room = room;
    }
    r->runs[r->count++] = *next;
    return 0;
}

/* The part of [address, address + size) that lies in the page at its start. */
static int translate_page(altview *h, unsigned int view, const struct altview_space *space,
                          struct altview_run *next, uint64_t size)
{
    struct altview_translation t;
    int rc = altview_translate(h, view, space, next->address, &t);
    uint64_t rest;

    if (rc) {
        return rc;
    }
    rest = (UINT64_C(1) << t.page_shift) - (t.physical & ((UINT64_C(1) << t.page_shift) - 1));
    next->physical = t.physical;
    next->size = size < rest ? size : rest;
    return 0;
}

static int translate_all(altview *h, unsigned int view, const struct altview_space *space,
                         uint64_t address, uint64_t size, struct runs *r)
{
    struct altview_run next = {.address = address};
    int rc = 0;

    while (!rc && size) {
        rc = translate_page(h, view, space, &next, size);
        rc = rc ? rc : add(r, &next);
        next.address += next.size;
        size -= next.size;
        deadline_renew();
    }
    return rc;
}

int altview_translate_range(altview *h, unsigned int view, const struct altview_space *space,
                            uint64_t address, uint64_t size, struct altview_run **runs,
                            size_t *count)
{
    struct runs r = {0};
    bool outermost;
    int rc;

    if (size && address + (size - 1) < address) {
        return altview_fail(-EINVAL, "0x%llx bytes from 0x%llx on are beyond any address",
                            (unsigned long long)size, (unsigned long long)address);
    }
    outermost = call_begin(h);
    rc = translate_all(h, view, space, address, size, &r);
    deadline_end(outermost);
    if (rc) {
        free(r.runs);
        return rc;
    }
    *runs = r.runs;
    *count = r.count;
    return 0;
}

/* Reads to `to`, or writes from `from`. A run is no longer than the caller's buffer. */
static int transfer(altview *h, unsigned int view, const struct altview_space *space,
                    uint64_t address, uint8_t *to, const uint8_t *from, size_t size)
{
    struct altview_run *runs = NULL;
    size_t count = 0, done = 0;
    int rc = altview_translate_range(h, view, space, address, size, &runs, &count);

    if (rc) {
        return rc;
    }
    for (size_t i = 0; !rc && i < count; i++) {
        size_t some = (size_t)runs[i].size;

        rc = to ? altview_read(h, view, runs[i].physical, to + done, some)
                : altview_write(h, view, runs[i].physical, from + done, some);
        done += some;
    }
    free(runs);
    return rc;
}

int altview_read_virtual(altview *h, unsigned int view, const struct altview_space *space,
                         uint64_t address, void *to, size_t size)
{
    return transfer(h, view, space, address, to, NULL, size);
}

int altview_write_virtual(altview *h, unsigned int view, const struct altview_space *space,
                          uint64_t address, const void *from, size_t size)
{
    return transfer(h, view, space, address, NULL, from, size);
}
