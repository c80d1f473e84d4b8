/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview create` and `altview clone`: a new view, and its name. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/access_name.h"

/* If the new view can't get its name, remove it. */
static int finish(struct session *s, unsigned int view, const char *name)
{
    struct json_object *o;

    if (name && altview_name_view(s->handle, view, name)) {
        int status = session_refused();

        altview_destroy_view(s->handle, view);
        return status;
    }
    o = fields();
    field_number(o, "view", view);
    field_text(o, "name", name);
    return output_member(s->common.json, o, "view");
}

static int create(struct session *s, const struct command_line *line)
{
    const char *const *access_text = s->settings;
    unsigned int access, view;

    if (!access_parse(*access_text, &access)) {
        return usage_error("--access %s: no access is called so; give " ACCESS_NAMES, *access_text);
    }
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if (altview_create_view(s->handle, access, &view)) {
        return session_refused();
    }
    return finish(s, view, line->count ? line->arguments[0] : NULL);
}

int cmd_create(int argc, char **argv)
{
    const char *access = "rwx";
    struct session s = {.settings = &access};
    const struct option options[] = {
        OPTION_TEXT("access", "ACCESS", &access,
                    "what the view allows where nothing else is set (default: rwx):\n" ACCESS_NAMES,
                    .letter = 'a'),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [NAME]",
        .about = "Make a view of the guest's memory as it is. Prints its number.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, create);
}

static int clone(struct session *s, const struct command_line *line)
{
    unsigned int from, view;

    if (session_view(s, line->arguments[0], &from)) {
        return EXIT_FAILED;
    }
    if (altview_clone_view(s->handle, from, &view)) {
        return session_refused();
    }
    return finish(s, view, line->count > 1 ? line->arguments[1] : NULL);
}

int cmd_clone(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW [NAME]",
        .about = "Make a view with all that another has: access, #VE settings, remaps. It is\n"
                 "visible, and has no policy. Prints its number.",
        .options = options,
        .least = 1,
        .most = 2,
    };

    return session_run(&s, &line, argc, argv, clone);
}
