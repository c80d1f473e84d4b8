/* SPDX-License-Identifier: BSD-2-Clause */
/* A search for bytes in guest memory, a piece at a time. */
#include "../handle.h"

#include <errno.h>
#include <string.h>

struct request {
    struct altview_search search;
    uint8_t bytes[ALTVIEW_SEARCH_MAX];
};

static int ask_for_piece(altview *h, const struct request *r, size_t size, void *piece)
{
    const struct altview_list *list = piece;
    size_t got = ALTVIEW_CONTROL_MAX_PAYLOAD;
    int rc = ask_quietly(h, ALTVIEW_SEARCH, r, size, piece, &got);

    return rc ? rc : decode_piece(ALTVIEW_SEARCH, r->search.first, 0, list, got);
}

int altview_search(altview *h, unsigned int view, uint64_t *first, uint64_t last, const void *bytes,
                   size_t size, uint64_t addresses[ALTVIEW_SEARCH_MOST], size_t *count)
{
    _Alignas(8) uint8_t piece[ALTVIEW_CONTROL_MAX_PAYLOAD];
    const struct altview_list *list = (const void *)piece;
    struct request r = {.search = {.first = *first,
                                   .last = last,
                                   .view = view == ALTVIEW_NO_VIEW ? ALTVIEW_NO_VIEW : narrow(view),
                                   .size = (uint16_t)size}};
    const struct about about = {.has = view == ALTVIEW_NO_VIEW ? 0 : ABOUT_VIEW, .view = view};
    bool outermost;
    int rc;

    if (!size || size > ALTVIEW_SEARCH_MAX) {
        return altview_fail(-EINVAL, "%zu bytes can't be searched for: give 1 to %d", size,
                            ALTVIEW_SEARCH_MAX);
    }
    if (*first > last) {
        return altview_fail(-EINVAL, "the range ends before it starts");
    }
    memcpy(r.bytes, bytes, size);
    outermost = call_begin(h);
    rc = ask_for_piece(h, &r, sizeof(r.search) + size, piece);
    if (!rc) {
        memcpy(addresses, list + 1, list->count * sizeof(addresses[0]));
        *count = list->count;
        *first = list->next;
    }
    return call_end(h, outermost, rc, &about);
}
