/* SPDX-License-Identifier: BSD-2-Clause */
/* The live views, and, for those that are visible to some vCPUs only, which these are. */
#ifndef COMMAND_VIEW_LIST_H
#define COMMAND_VIEW_LIST_H

#include <altview/altview.h>

struct view_list {
    struct altview_view *views;
    size_t count;
    struct altview_visible_to
        *visible_to; /* of every view, or NULL: none is visible to some only */
    size_t visible_to_count;
};

/* 0 or libaltview's error. */
int view_list_get(altview *handle, struct view_list *list);
void view_list_free(struct view_list *list);

/* A bit for each vCPU: of a view that is visible to some. */
uint64_t view_list_vcpus(const struct view_list *list, unsigned int view);

#endif
