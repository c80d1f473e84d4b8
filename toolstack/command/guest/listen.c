/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview listen`: in a batch, from here on the connection keeps events for the next watch. */
#include "commands.h"
#include "guest/listening.h"
#include "guest/record.h"
#include "output.h"
#include "say.h"

struct settings {
    struct listening listening;
    bool off;
};

static int listen_for(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    struct json_object *o;

    (void)line;
    if (!session_is_shared()) {
        return usage_error("it lasts as long as the connection; use it in altview batch");
    }
    if (listening_check(&settings->listening)) {
        return EXIT_USAGE;
    }
    if (listening_keep(s->handle, settings->off ? NULL : &settings->listening)) {
        return session_refused();
    }
    o = fields();
    field_bool(o, "listening", !settings->off);
    return output_member(s->common.json, o, NULL);
}

int cmd_listen(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTIONS_LISTENING(&settings.listening),
        OPTION_FLAG("off", &settings.off, "no more"),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about =
            "In a batch: from here on events are kept for the next watch, so that none is missed\n"
            "between two commands.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, listen_for);
}
