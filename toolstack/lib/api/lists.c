/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists come in pieces, which are put together here. */
#include "../handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct list {
    enum altview_request type;
    size_t element;
    bool of_view; /* the question names `view` */
    unsigned int view;
    uint8_t *elements;
    size_t count;
};

static int append(struct list *l, const struct altview_list *piece)
{
    size_t size = l->count * l->element, more = piece->count * l->element;
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

    if (rc) {
        return rc;
    }
    if (size < sizeof(*piece) || piece->count > sizeof(bytes) / l->element ||
        size != sizeof(*piece) + piece->count * l->element || piece->next <= *from) {
        return -EPROTO;
    }
    *from = piece->next;
    return append(l, piece);
}

/* The elements, in l; on failure there are none. */
static int get_list(altview *h, struct list *l)
{
    uint64_t from = 0;
    int rc = 0;

    while (!rc && from != ALTVIEW_NO_GFN) {
        rc = get_piece(h, l, &from);
    }
    if (rc) {
        free(l->elements);
    }
    return rc;
}

int list_views(altview *h, struct altview_view **views, size_t *count)
{
    struct list l = {.type = ALTVIEW_VIEWS, .element = sizeof(**views)};
    int rc = get_list(h, &l);

    if (!rc) {
        *views = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}

int list_vcpus(altview *h, struct altview_vcpu **vcpus, size_t *count)
{
    struct list l = {.type = ALTVIEW_VCPUS, .element = sizeof(**vcpus)};
    int rc = get_list(h, &l);

    if (!rc) {
        *vcpus = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}

int list_visibility(altview *h, struct altview_visible_to **views, size_t *count)
{
    struct list l = {.type = ALTVIEW_VISIBILITY, .element = sizeof(**views)};
    int rc = get_list(h, &l);

    if (!rc) {
        *views = (void *)l.elements;
        *count = l.count;
    }
    return rc;
}

int altview_views(altview *h, struct altview_view **views, size_t *count)
{
    int rc = list_views(h, views, count);

    return rc ? explain(h, rc, &(struct about){0}) : 0;
}

int altview_vcpus(altview *h, struct altview_vcpu **vcpus, size_t *count)
{
    int rc = list_vcpus(h, vcpus, count);

    return rc ? explain(h, rc, &(struct about){0}) : 0;
}

int altview_visibility(altview *h, struct altview_visible_to **views, size_t *count)
{
    int rc = list_visibility(h, views, count);

    return rc ? explain(h, rc, &(struct about){0}) : 0;
}

int altview_overrides(altview *h, unsigned int view, struct altview_override **overrides,
                      size_t *count)
{
    struct list l = {
        .type = ALTVIEW_OVERRIDES, .element = sizeof(**overrides), .of_view = true, .view = view};
    int rc = get_list(h, &l);

    if (rc) {
        return explain(h, rc, &(struct about){.has = ABOUT_VIEW, .view = view});
    }
    *overrides = (void *)l.elements;
    *count = l.count;
    return 0;
}
