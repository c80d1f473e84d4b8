/* SPDX-License-Identifier: BSD-2-Clause */
#include "../handle.h"

int altview_views(altview *h, struct altview_view **views, size_t *count)
{
    bool outermost = call_begin(h);

    return call_end(h, outermost, list_views(h, views, count), &(struct about){0});
}

int altview_vcpus(altview *h, struct altview_vcpu **vcpus, size_t *count)
{
    bool outermost = call_begin(h);

    return call_end(h, outermost, list_vcpus(h, vcpus, count), &(struct about){0});
}

int altview_visibility(altview *h, struct altview_visible_to **views, size_t *count)
{
    bool outermost = call_begin(h);

    return call_end(h, outermost, list_visibility(h, views, count), &(struct about){0});
}

int altview_overrides(altview *h, unsigned int view, struct altview_override **overrides,
                      size_t *count)
{
    bool outermost = call_begin(h);

    return call_end(h, outermost, list_overrides(h, view, overrides, count),
                    &(struct about){.has = ABOUT_VIEW, .view = view});
}
