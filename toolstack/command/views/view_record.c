/* SPDX-License-Identifier: BSD-2-Clause */
#include "views/view_list.h"

#include "views/access_name.h"

#include <altview/hvmop.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const policies[] = {
    [ALTVIEW_POLICY_NONE] = "none",     [ALTVIEW_POLICY_LIFT] = "lift",
    [ALTVIEW_POLICY_REPORT] = "report", [ALTVIEW_POLICY_STEP] = "step-in",
    [ALTVIEW_POLICY_SWITCH] = "switch",
};
#define POLICIES (sizeof(policies) / sizeof(policies[0]))

const char *policy_name(unsigned int policy)
{
    return policy < POLICIES ? policies[policy] : "?";
}

bool policy_names_view(unsigned int policy)
{
    return policy == ALTVIEW_POLICY_STEP || policy == ALTVIEW_POLICY_SWITCH;
}

bool policy_parse(const char *text, enum altview_policy *policy)
{
    for (size_t i = 0; i < POLICIES; i++) {
        if (!strcmp(text, policies[i])) {
            *policy = (enum altview_policy)i;
            return true;
        }
    }
    return false;
}

static void policy_fields(struct json_object *o, const struct altview_view *view)
{
    char text[32];

    snprintf(text, sizeof(text), "%s", policy_name(view->policy));
    if (policy_names_view(view->policy)) {
        snprintf(text, sizeof(text), "%s %u", policy_name(view->policy), view->policy_view);
    }
    field_text(o, "policy", text);
}

static void visible_field(struct json_object *o, const struct view_list *list,
                          const struct altview_view *view)
{
    uint64_t vcpus;
    struct json_object *numbers;

    if (view->visible != ALTVIEW_VISIBLE_TO_SOME) {
        field_bool(o, "visible", view->visible);
        return;
    }
    numbers = field_list(o, "visible");
    vcpus = view_list_vcpus(list, view->view);
    for (unsigned int i = 0; i < 64; i++) {
        if (vcpus >> i & 1) {
            list_number(numbers, i);
        }
    }
}

static void vcpus_field(struct json_object *o, const struct view_list *list, unsigned int view)
{
    struct json_object *numbers = field_list(o, "vcpus");

    for (size_t i = 0; i < list->vcpu_count; i++) {
        if (list->vcpus[i].view == view) {
            list_number(numbers, list->vcpus[i].vcpu);
        }
    }
}

void view_record(struct json_object *o, const struct view_list *list, size_t i)
{
    const struct altview_view *view = &list->views[i];

    field_number(o, "view", view->view);
    field_text(o, "name", view->name);
    field_text(o, "access", access_name(view->default_access));
    visible_field(o, list, view);
    policy_fields(o, view);
    field_number(o, "overrides", view->overrides);
    field_number(o, "remaps", view->remaps);
    field_number(o, "table_pages", view->table_pages);
    field_number(o, "violations", view->violations);
    vcpus_field(o, list, view->view);
}

void range_record(struct json_object *o, const struct range *gfns)
{
    char text[48];
    uint64_t first = gfns->start * RANGE_PAGE;

    snprintf(text, sizeof(text), "0x%" PRIx64 "-0x%" PRIx64, first,
             first + (gfns->size * RANGE_PAGE - 1));
    field_text(o, "range", text);
    field_hex(o, "gfn", gfns->start);
    field_number(o, "pages", gfns->size);
}
