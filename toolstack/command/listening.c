/* SPDX-License-Identifier: BSD-2-Clause */
#include "listening.h"

#include "event_record.h"
#include "say.h"

#define BIT(type) (UINT32_C(1) << (type))
/* These say that nothing more will come. */
#define ENDS (BIT(ALTVIEW_EVENT_SHUTDOWN) | BIT(ALTVIEW_EVENT_TIMEOUT))

/* `altview listen` in a batch. */
static bool kept;

int option_events(const struct option *option, const char *value)
{
    if (!event_parse(value, option->to)) {
        return usage_error("--%s %s: give " EVENT_NAMES ", with commas between", option->name,
                           value);
    }
    return 0;
}

static int start(altview *handle, const struct listening *l)
{
    struct altview_listen listen = {
        .report = (l->types ? l->types : ALTVIEW_ALL_EVENTS) | ENDS,
        .timeout_ms = (uint32_t)l->reply_ms,
    };

    if (l->sync) {
        listen.sync = (l->types ? l->types : BIT(ALTVIEW_EVENT_MEM_ACCESS)) & ~ENDS;
        listen.report &= ~listen.sync;
    }
    return altview_listen(handle, &listen);
}

static int stop(altview *handle)
{
    const struct altview_listen nothing = {0};

    return altview_listen(handle, &nothing);
}

int listening_begin(altview *handle, const struct listening *l)
{
    return kept ? 0 : start(handle, l);
}

int listening_end(altview *handle)
{
    return kept ? 0 : stop(handle);
}

int listening_keep(altview *handle, const struct listening *l)
{
    int error = l ? start(handle, l) : stop(handle);

    kept = !error && l;
    return error;
}
