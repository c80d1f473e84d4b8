/* SPDX-License-Identifier: BSD-2-Clause */
#include "views/view_list.h"

#include <altview/hvmop.h>
#include <stdlib.h>

static bool has_partly_visible(const struct view_list *list)
{
    size_t i = 0;

    while (i < list->count && list->views[i].visible != ALTVIEW_VISIBLE_TO_SOME) {
        i++;
    }
    return i < list->count;
}

int view_list_get(altview *handle, struct view_list *list)
{
    int error;

    *list = (struct view_list){0};
    error = altview_views(handle, &list->views, &list->count);
    if (!error) {
        error = altview_vcpus(handle, &list->vcpus, &list->vcpu_count);
    }
    if (!error && has_partly_visible(list)) {
        error = altview_visibility(handle, &list->visible_to, &list->visible_to_count);
    }
    if (error) {
        view_list_free(list);
    }
    return error;
}

void view_list_free(struct view_list *list)
{
    free(list->views);
    free(list->vcpus);
    free(list->visible_to);
}

uint64_t view_list_vcpus(const struct view_list *list, unsigned int view)
{
    for (size_t i = 0; i < list->visible_to_count; i++) {
        if (list->visible_to[i].view == view) {
            return list->visible_to[i].vcpus;
        }
    }
    return 0;
}
