/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists, with an explanation of a failure. */
#include "../handle.h"

#include <stdlib.h>

static int get(altview *h, enum altview_request type, const struct about *about, void *elements,
               size_t *count)
{
    bool outermost = call_begin(h);

    return call_end(h, outermost, list_get(h, type, about->view, elements, count), about);
}

int altview_views(altview *h, struct altview_view **views, size_t *count)
{
    return get(h, ALTVIEW_VIEWS, &(struct about){0}, views, count);
}

int altview_vcpus(altview *h, struct altview_vcpu **vcpus, size_t *count)
{
    return get(h, ALTVIEW_VCPUS, &(struct about){0}, vcpus, count);
}

int altview_visibility(altview *h, struct altview_visible_to **views, size_t *count)
{
    return get(h, ALTVIEW_VISIBILITY, &(struct about){0}, views, count);
}

int altview_overrides(altview *h, unsigned int view, struct altview_override **overrides,
                      size_t *count)
{
    return get(h, ALTVIEW_OVERRIDES, &(struct about){.has = ABOUT_VIEW, .view = view}, overrides,
               count);
}

/* A piece may end within a range. */
static size_t join_ranges(struct altview_memory_range *ranges, size_t count)
{
    size_t joined = 0;

    for (size_t i = 0; i < count; i++) {
        struct altview_memory_range *last = joined ? &ranges[joined - 1] : NULL;

        if (last && last->type == ranges[i].type && last->gfn + last->nr == ranges[i].gfn) {
            last->nr += ranges[i].nr;
        } else {
            ranges[joined++] = ranges[i];
        }
    }
    return joined;
}

int altview_memory_map(altview *h, struct altview_memory_range **ranges, size_t *count)
{
    int rc = get(h, ALTVIEW_MEMORY_MAP, &(struct about){0}, ranges, count);

    if (!rc) {
        *count = join_ranges(*ranges, *count);
    }
    return rc;
}
