/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/listening.h"

#include "guest/record.h"
#include "say.h"

#include <errno.h>
#include <stdlib.h>
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

int option_msr(const struct option *option, const char *value)
{
    struct altview_msrs *msrs = option->to;
    unsigned long number;
    char *end;

    errno = 0;
    number = strtoul(value, &end, 0);
    if (*value < '0' || *value > '9' || *end || errno || number > UINT32_MAX) {
        return usage_error("--%s %s: give the number of an MSR, such as 0xc0000082", option->name,
                           value);
    }
    if (msrs->count == ALTVIEW_MSRS) {
        return usage_error("--%s %s: at most %u MSRs", option->name, value, ALTVIEW_MSRS);
    }
    msrs->numbers[msrs->count++] = (uint32_t)number;
    return 0;
}

int listening_check(const struct listening *l)
{
    if (l->types & BIT(ALTVIEW_EVENT_MSR) && !l->msrs.count) {
        return usage_error("--events msr: name each MSR with --msr, such as --msr 0xc0000082");
    }
    return 0;
}

/* 0: not given. */
static uint32_t types_of(const struct listening *l)
{
    return l->types | (l->msrs.count ? BIT(ALTVIEW_EVENT_MSR) : 0);
}

static int start(altview *handle, const struct listening *l)
{
    uint32_t types = types_of(l);
    struct altview_listen listen = {
        .report = (types ? types : USUAL) | ENDS,
        .timeout_ms = (uint32_t)l->reply_ms,
        .msrs = l->msrs,
    };

    if (l->sync) {
        listen.sync = (types ? types : BIT(ALTVIEW_EVENT_MEM_ACCESS)) & ~ENDS;
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
