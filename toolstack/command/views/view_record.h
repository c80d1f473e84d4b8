/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COMMAND_VIEW_RECORD_H
#define COMMAND_VIEW_RECORD_H

#include "fields.h"
#include "range.h"
#include "views/view_list.h"

/* What is known of the i-th view, as members of o. "visible" is a boolean, or a list of vCPUs. */
void view_record(struct json_object *o, const struct view_list *list, size_t i);

/* "range", "gfn" and "pages". */
void range_record(struct json_object *o, const struct range *gfns);

/* Policies by name: "none", "lift", "report", "step-in", "switch". The last two name a view. */
const char *policy_name(unsigned int policy);
bool policy_names_view(unsigned int policy);
bool policy_parse(const char *text, enum altview_policy *policy);

#endif
