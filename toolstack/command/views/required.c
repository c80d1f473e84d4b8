/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview required`: whether a refused access without a listener stops the guest. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"

#include <string.h>

static int show(struct session *s)
{
    struct altview_hello hello;
    struct json_object *o;

    if (altview_hello(s->handle, &hello)) {
        return session_refused();
    }
    o = fields();
    field_bool(o, "access_required", hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED);
    return output(s->common.json, o);
}

static int set(struct session *s, bool on)
{
    struct json_object *o;

    if (altview_set_required(s->handle, on)) {
        return session_refused();
    }
    o = fields();
    field_bool(o, "access_required", on);
    return output_member(s->common.json, o, NULL);
}

static int required(struct session *s, const struct command_line *line)
{
    const char *word = line->count ? line->arguments[0] : NULL;
    bool on = word && !strcmp(word, "on");

    if (word && !on && strcmp(word, "off") != 0) {
        return usage_error("%s: give on or off, or nothing to see which", word);
    }
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    return word ? set(s, on) : show(s);
}

int cmd_required(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] [on|off]",
        .about =
            "Set or show access_required: on, an access that a view refuses and about which no\n"
            "policy and no listener decides stops the guest; off, the page becomes rwx there.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, required);
}
