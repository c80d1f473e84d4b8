/* SPDX-License-Identifier: BSD-2-Clause */
/* A search for bytes in the guest's RAM, a bounded piece a request. */
#include "control/server.h"

#define WORK  (256U * 1024) /* bytes looked at or compared */
#define HOLES 2048          /* entries of the host p2m that are skipped */

struct search {
    const struct control *c;
    struct exchange *x;
    const uint8_t *bytes;
    size_t size;
    unsigned int view;
    uint64_t at, last; /* the next address to try; the last address at which a match may begin */
    size_t work;
    unsigned int holes;
    const uint8_t *page, *behind; /* the page at `at`, and the next one; NULL: it is not RAM */
};

/* The last address at which the bytes can begin; false: they don't fit into the range. */
static bool find_last(const struct altview_search *s, uint64_t *last)
{
    *last = s->last - (s->size - 1);
    return s->last >= s->first && s->last - s->first >= (uint64_t)(s->size - 1);
}

/* Whether the bytes are at this offset of the page. They go on at the start of the next. */
static bool is_here(struct search *s, size_t offset)
{
    size_t i;

    for (i = 0; i < s->size; i++) {
        const uint8_t *page = offset + i < ALTP2M_PAGE_SIZE ? s->page : s->behind;
        size_t at = (offset + i) % ALTP2M_PAGE_SIZE;

        if (!page || page[at] != s->bytes[i]) {
            break;
        }
    }
    s->work += i;
    return i == s->size;
}

/* False: no room for the address. */
static bool found(const struct search *s, uint64_t address)
{
    uint64_t *element = list_add(s->x, sizeof(*element));

    if (element) {
        *element = address;
    }
    return element;
}

/* The next place of the page that has the first byte. */
static size_t next_place(const struct search *s, size_t offset, size_t end)
{
    while (offset < end && s->page[offset % ALTP2M_PAGE_SIZE] != s->bytes[0]) {
        offset++;
    }
    return offset;
}

/* Try each place of the page from `at` on. False: stop at `at`. */
static bool search_page(struct search *s)
{
    uint64_t start = s->at & ~((uint64_t)ALTP2M_PAGE_SIZE - 1);
    size_t offset = s->at - start, rest = ALTP2M_PAGE_SIZE - offset;
    size_t end = s->last - s->at < rest ? offset + (size_t)(s->last - s->at) + 1 : ALTP2M_PAGE_SIZE;

    s->work += end - offset;
    while ((offset = next_place(s, offset, end)) < end) {
        s->at = start + offset;
        if (s->work > WORK || (is_here(s, offset) && !found(s, s->at))) {
            return false;
        }
        offset++;
    }
    s->at = start + end;
    return true;
}

/* Skip one entry of the host p2m that is not RAM. A view has no RAM there either. */
static void skip(struct search *s)
{
    uint64_t gfn = s->at >> ALTP2M_PAGE_SHIFT, nr = 1;

    s->holes++;
    if (gfn >> s->c->domain->config.gfn_bits) {
        s->at = ALTVIEW_NO_GFN;
        return;
    }
    if (altp2m_host_stretch(s->c->domain, gfn, &nr).type == ALTP2M_TYPE_RAM) {
        nr = 1; /* RAM, but not in this view */
    }
    s->at = (gfn + nr) << ALTP2M_PAGE_SHIFT;
}

/* The address at which to go on. */
static uint64_t search(struct search *s)
{
    while (s->at <= s->last) {
        uint64_t gfn = s->at >> ALTP2M_PAGE_SHIFT;

        if (s->work >= WORK || s->holes >= HOLES) {
            return s->at;
        }
        s->page = ram_page(s->c, s->view, gfn, false);
        s->behind = ram_page(s->c, s->view, gfn + 1, false);
        if (!s->page) {
            skip(s);
        } else if (!search_page(s)) {
            return s->at;
        }
    }
    return ALTVIEW_NO_GFN;
}

int request_search(struct control *c, struct exchange *x)
{
    const struct altview_search *asked = x->payload;
    struct search s = {.c = c,
                       .x = x,
                       .bytes = (const uint8_t *)(asked + 1),
                       .size = asked->size,
                       .view = asked->view,
                       .at = asked->first};
    struct altview_list *list;
    bool fits;

    if (!asked->size || asked->size > ALTVIEW_SEARCH_MAX ||
        x->size != sizeof(*asked) + asked->size || asked->last < asked->first ||
        !view_or_host(c, asked->view)) {
        return -XEN_EINVAL;
    }
    fits = find_last(asked, &s.last);
    list = list_begin(x);
    list->next = fits ? search(&s) : ALTVIEW_NO_GFN;
    return 0;
}
