/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_VIEW_LIST_H
#define COMMAND_VIEW_LIST_H

#include "fields.h"
#include "range.h"
#include "session.h"

#include <altview/altview.h>

/* The live views, the vCPUs, and which of those see the views that are visible only to some. */
struct view_list {
    struct altview_view *views;
    size_t count;
    struct altview_vcpu *vcpus;
    size_t vcpu_count;
    struct altview_visible_to
        *visible_to; /* of every view, or NULL: no view is visible only to some */
    size_t visible_to_count;
};

/* 0 or libaltview's error. */
int view_list_get(altview *handle, struct view_list *list);
void view_list_free(struct view_list *list);

/* A bit for each vCPU: of a view that is visible only to some. */
uint64_t view_list_vcpus(const struct view_list *list, unsigned int view);

/* The properties of the i-th view, as members of o. "visible" is a boolean, or a list of vCPUs;
 * "vcpus" lists those that are in the view. */
void view_record(struct json_object *o, const struct view_list *list, size_t i);

/* "range", "gfn" and "pages". */
void range_record(struct json_object *o, const struct range *gfns);

/* Policies by name: "none", "lift", "report", "step-in", "switch". The last two name a view. */
const char *policy_name(unsigned int policy);
bool policy_names_view(unsigned int policy);
bool policy_parse(const char *text, enum altview_policy *policy);

/* A command whose one argument is a view. `act` does the work and adds the new state to `done`,
 * which JSON shows; text shows nothing. Returns 0 or libaltview's error. */
typedef int one_view_action(altview *handle, unsigned int view, struct json_object *done);

int one_view_command(int argc, char **argv, const char *about, one_view_action *act);

#endif
