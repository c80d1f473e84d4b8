/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview show`: all settings of one view. */
#include "commands.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/access_name.h"
#include "views/view_list.h"

#include <stdlib.h>

static int add_view(struct session *s, unsigned int view, struct json_object *o)
{
    struct view_list views;
    int error = view_list_get(s->handle, &views);

    if (error) {
        return error;
    }
    for (size_t i = 0; i < views.count; i++) {
        if (views.views[i].view == view) {
            view_record(o, &views, i);
        }
    }
    view_list_free(&views);
    return 0;
}

/* The restricted or remapped pages. `hardware`: the accesses that the CPU itself allows, if it
 * can't express the setting. */
static void override_record(struct json_object *o, const struct altview_override *found)
{
    const struct range gfns = {found->gfn, found->nr};

    range_record(o, &gfns);
    field_text(o, "access", access_name(found->access));
    field_text(o, "hardware", rights_name(found->rights));
    field_bool(o, "ve", !found->suppress_ve);
    if (found->target == ALTVIEW_NO_GFN) {
        field_text(o, "shows_gfn", NULL);
    } else {
        field_hex(o, "shows_gfn", found->target);
    }
}

static int add_overrides(struct session *s, unsigned int view, struct json_object *o)
{
    struct json_object *ranges = field_list(o, "ranges");
    struct altview_override *overrides;
    size_t count;
    int error = altview_overrides(s->handle, view, &overrides, &count);

    if (error) {
        return error;
    }
    for (size_t i = 0; i < count; i++) {
        override_record(list_fields(ranges), &overrides[i]);
    }
    free(overrides);
    return 0;
}

static int show(struct session *s, const struct command_line *line)
{
    struct json_object *o;
    unsigned int view;

    if (session_view(s, line->arguments[0], &view)) {
        return EXIT_FAILED;
    }
    o = fields();
    if (add_view(s, view, o) || add_overrides(s, view, o)) {
        json_object_put(o);
        return session_refused();
    }
    return output(s->common.json, o);
}

int cmd_show(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW",
        .about =
            "Show one view: its settings, the vCPUs in it, and the ranges in which it differs\n"
            "from the guest's memory as it is: access, #VE, the page that is shown instead.",
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, show);
}
