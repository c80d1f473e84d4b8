/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview views`: the live views. */
#include "commands.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/view_list.h"

static int list_views(struct session *s, const struct command_line *line)
{
    struct view_list views;
    struct json_object *all;

    (void)line;
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if (view_list_get(s->handle, &views)) {
        return session_refused();
    }
    all = list();
    for (size_t i = 0; i < views.count; i++) {
        view_record(list_fields(all), &views, i);
    }
    view_list_free(&views);
    return output(s->common.json, all);
}

int cmd_views(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about = "List the live views: name, default access, visibility, policy, and what they "
                 "hold.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, list_views);
}
