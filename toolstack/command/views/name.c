/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"

static int name(struct session *s, const struct command_line *line)
{
    struct json_object *o;
    unsigned int view;

    if (session_view(s, line->arguments[0], &view)) {
        return EXIT_FAILED;
    }
    if (altview_name_view(s->handle, view, line->arguments[1])) {
        return session_refused();
    }
    o = fields();
    field_number(o, "view", view);
    field_text(o, "name", line->arguments[1]);
    return output_member(s->common.json, o, NULL);
}

int cmd_name(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW NAME",
        .about =
            "Name a view: a letter, then letters, digits, \"_\", \"-\" and \".\", 15 characters "
            "at\n"
            "most. An empty NAME (\"\") takes the name away. All commands take names for views.",
        .options = options,
        .least = 2,
        .most = 2,
    };

    return session_run(&s, &line, argc, argv, name);
}
