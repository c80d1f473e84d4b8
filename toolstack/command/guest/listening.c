/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/listening.h"

#include "guest/record.h"
#include "say.h"

#include <string.h>

#define BIT(type) (UINT32_C(1) << (type))
/* After one of these no more events come. */
#define ENDS (BIT(ALTVIEW_EVENT_SHUTDOWN) | BIT(ALTVIEW_EVENT_TIMEOUT))

/* Without --events: those of registers would cost the guest a VM exit each. */
#define USUAL (ALTVIEW_ALL_EVENTS & ~ALTVIEW_REGISTER_EVENTS)

/* `altview listen` in a batch. */
static bool kept;

int option_events(const struct option *option, const char *value)
{
    if (!event_parse(value, option->to)) {
        return usage_error("--%s %s: give" EVENT_NAMES ", with commas between", option->name,
                           value);
    }
    return 0;
}

int option_rule(const struct option *option, const char *value)
{
    static const char *const names[ALTVIEW_UNANSWERED_RULES] = {
        [ALTVIEW_UNANSWERED_LIFT] = "lift",       [ALTVIEW_UNANSWERED_STOP] = "stop",
        [ALTVIEW_UNANSWERED_DENY_UD] = "deny:ud", [ALTVIEW_UNANSWERED_DENY_GP] = "deny:gp",
        [ALTVIEW_UNANSWERED_DENY_PF] = "deny:pf",
    };

    for (unsigned int rule = 0; rule < ALTVIEW_UNANSWERED_RULES; rule++) {
        if (names[rule] && !strcmp(names[rule], value)) {
            *(enum altview_unanswered *)option->to = rule;
            return 0;
        }
    }
    return usage_error("--%s %s: give " RULE_NAMES, option->name, value);
}

static int start(altview *handle, const struct listening *l)
{
    struct altview_listen listen = {
        .report = (l->types ? l->types : USUAL) | ENDS,
        .timeout_ms = (uint32_t)l->reply_ms,
    };

    if (l->sync) {
        listen.sync = (l->types ? l->types : BIT(ALTVIEW_EVENT_MEM_ACCESS)) & ~ENDS;
        listen.report &= ~listen.sync;
        listen.flags = ALTVIEW_LISTEN_UNANSWERED(l->rule);
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
