/* SPDX-License-Identifier: BSD-2-Clause */
#include "views/view_list.h"

#include "output.h"
#include "say.h"

static int run(struct session *s, const struct command_line *line)
{
    one_view_action *const *act = s->settings;
    struct json_object *done;
    unsigned int view;

    if (session_view(s, line->arguments[0], &view)) {
        return EXIT_FAILED;
    }
    done = fields();
    field_number(done, "view", view);
    if ((*act)(s->handle, view, done)) {
        json_object_put(done);
        return session_refused();
    }
    return output_member(s->common.json, done, NULL);
}

int one_view_command(int argc, char **argv, const char *about, one_view_action *act)
{
    struct session s = {.settings = &act};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW",
        .about = about,
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, run);
}
