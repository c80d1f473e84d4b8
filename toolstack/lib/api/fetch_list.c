/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists come in pieces. This file joins them. */
#include "../handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct list {
    enum altview_request type;
    unsigned int view; /* which the request names, if it is OVERRIDES */
    uint8_t *elements;
    size_t count;
};

static int append(struct list *l, const struct altview_list *piece)
{
    size_t element = decode_element_size(l->type);
    size_t size = l->count * element, more = piece->count * element;
    void *elements = realloc(l->elements, size + more + 1);

    if (!elements) {
        return -ENOMEM;
    }
    l->elements = elements;
    memcpy(l->elements + size, piece + 1, more);
    l->count += piece->count;
    return 0;
}

static int ask_for_piece(altview *h, const struct list *l, uint64_t from, void *piece, size_t *size)
{
    const struct altview_gfn of_view = {.gfn = from, .view = narrow(l->view)};
    const struct altview_first first = {.first = from};

    return l->type == ALTVIEW_OVERRIDES
               ? ask_quietly(h, l->type, &of_view, sizeof(of_view), piece, size)
               : ask_quietly(h, l->type, &first, sizeof(first), piece, size);
}

/* Fetch the elements from *from on, and advance *from. */
static int get_piece(altview *h, struct list *l, uint64_t *from)
{
    _Alignas(8) uint8_t bytes[ALTVIEW_CONTROL_MAX_PAYLOAD];
    const struct altview_list *piece = (const void *)bytes;
    size_t size = sizeof(bytes);
    int rc = ask_for_piece(h, l, *from, bytes, &size);

    rc = rc ? rc : decode_piece(l->type, *from, l->count, piece, size);
    if (rc) {
        return rc;
    }
    if (piece->count >= HONEST_STEP) {
        deadline_renew();
    }
    *from = piece->next;
    return append(l, piece);
}

int list_get(altview *h, enum altview_request type, unsigned int view, void *elements,
             size_t *count)
{
    struct list l = {.type = type, .view = view};
    bool outermost = call_begin(h);
    uint64_t from = 0;
    int rc = 0;

    while (!rc && from != ALTVIEW_NO_GFN) {
        rc = get_piece(h, &l, &from);
    }
    if (rc) {
        free(l.elements);
    } else {
        memcpy(elements, &l.elements, sizeof(l.elements));
        *count = l.count;
    }
    deadline_end(outermost);
    return rc;
}
