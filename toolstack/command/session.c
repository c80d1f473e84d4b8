/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include "say.h"

#include <stddef.h>

/* A batch's. */
static altview *shared;
static bool shared_json;

bool session_share(altview *handle, bool json)
{
    bool before = shared_json;

    shared = handle;
    shared_json = json;
    return before;
}

bool session_is_shared(void)
{
    return shared;
}

int session_refused(void)
{
    return fail("%s", altview_error());
}

int session_open(struct session *s)
{
    if (!s->handle && altview_open(s->common.connect, 0, &s->handle)) {
        return session_refused();
    }
    return 0;
}

int session_view(struct session *s, const char *text, unsigned int *view)
{
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    return altview_find_view(s->handle, text, view) ? session_refused() : 0;
}

int session_run(struct session *s, struct command_line *line, int argc, char **argv,
                session_command *command)
{
    int status = options_parse(line, argc, argv);

    if (status != OPTIONS_OK) {
        return status;
    }
    if (shared && s->common.connect) {
        return usage_error("--connect: a batch is connected already; give it to altview batch");
    }
    s->handle = shared;
    s->common.json |= shared_json;
    status = command(s, line);
    if (s->handle != shared) {
        altview_close(s->handle);
    }
    return status;
}
