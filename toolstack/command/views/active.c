/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview on` and `altview off`. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"

static int set_active(struct session *s, const struct command_line *line)
{
    const bool *on = s->settings;
    struct json_object *o;

    (void)line;
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if (altview_set_active(s->handle, *on)) {
        return session_refused();
    }
    o = fields();
    field_bool(o, "altp2m", *on);
    return output_member(s->common.json, o, NULL);
}

static int command(int argc, char **argv, bool on, const char *about)
{
    struct session s = {.settings = &on};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {.synopsis = "[OPTIONS]", .about = about, .options = options};

    return session_run(&s, &line, argc, argv, set_active);
}

int cmd_on(int argc, char **argv)
{
    return command(argc, argv, true, "Turn altp2m on: views can be created. View 0 is there.");
}

int cmd_off(int argc, char **argv)
{
    return command(argc, argv, false,
                   "Turn altp2m off: all vCPUs return to view 0, all other views go.");
}
