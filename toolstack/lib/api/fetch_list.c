/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists come in pieces, which are put together here. */
#include "../handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct list {
    enum altview_request type;
    bool of_view; /* the question names `view` */
    unsigned int view;
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

    return l->of_view ? ask_quietly(h, l->type, &of_view, sizeof(of_view), piece, size)
                      : ask_quietly(h, l->type, &first, sizeof(first), piece, size);
}

/* The elements from *from on, which is advanced. */
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

/* The elements, in l; on failure there are none. */
static int get_list(altview *h, struct list *l)
{
    bool outermost = call_begin(h);
    uint64_t from = 0;
    int rc = 0;

    while (!rc && from != ALTVIEW_NO_GFN) {
        rc = get_piece(h, l, &from);
    }
    if (rc) {
        free(l->elements);
        l->elements = NULL;
    }
    deadline_end(outermost);
    return rc;
}

int list_views(altview *h, struct altview_view **views, size_t *count)
{
    struct list l = {.type = ALTVIEW_VIEWS};
    int rc = get_list(h, &l);

    if (!rc) {
        *views = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}

int list_vcpus(altview *h, struct altview_vcpu **vcpus, size_t *count)
{
    struct list l = {.type = ALTVIEW_VCPUS};
    int rc = get_list(h, &l);

    if (!rc) {
        *vcpus = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}

int list_visibility(altview *h, struct altview_visible_to **views, size_t *count)
{
    struct list l = {.type = ALTVIEW_VISIBILITY};
    int rc = get_list(h, &l);

    if (!rc) {
        *views = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}

int list_overrides(altview *h, unsigned int view, struct altview_override **overrides,
                   size_t *count)
{
    struct list l = {.type = ALTVIEW_OVERRIDES, .of_view = true, .view = view};
    int rc = get_list(h, &l);

    if (!rc) {
        *overrides = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}
