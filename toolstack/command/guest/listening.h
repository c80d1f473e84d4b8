/* SPDX-License-Identifier: BSD-2-Clause */
/* The selection of events: options and their request, for all commands that have them. */
#ifndef COMMAND_LISTENING_H
#define COMMAND_LISTENING_H

#include "options.h"
#include "session.h"

struct listening {
    uint32_t types; /* 0: not given */
    bool sync;
    unsigned long reply_ms;       /* 0: as the domain likes */
    enum altview_unanswered rule; /* 0: likewise */
};

#define RULE_NAMES "deny:gp, deny:ud, deny:pf, stop or lift"

int option_events(const struct option *option, const char *value); /* to: uint32_t */
int option_rule(const struct option *option, const char *value);   /* to: its enum */

#define OPTIONS_LISTENING(l)                                                                       \
    {.name = "events",                                                                             \
     .letter = 'e',                                                                                \
     .value = "LIST",                                                                              \
     .help = "only these, with commas between (default: all):" EVENT_NAMES,                        \
     .take = option_events,                                                                        \
     .to = &(l)->types},                                                                           \
        {.name = "sync",                                                                           \
         .letter = 's',                                                                            \
         .help = "the vCPU waits at each of them (default: at mem_access) for an answer",          \
         .take = option_flag,                                                                      \
         .to = &(l)->sync},                                                                        \
        {.name = "reply-timeout",                                                                  \
         .value = "MS",                                                                            \
         .help = "for how long it waits at most (default: 5000)",                                  \
         .take = option_number,                                                                    \
         .to = &(l)->reply_ms,                                                                     \
         .low = 1,                                                                                 \
         .high = 3600000},                                                                         \
    {                                                                                              \
        .name = "unanswered", .value = "RULE",                                                     \
        .help = "what becomes of a mem_access without an answer, and of those that follow\n"       \
                "when no monitor answers any more: " RULE_NAMES "\n"                               \
                "(default: deny:gp; where access is required, stop)",                              \
        .take = option_rule, .to = &(l)->rule                                                      \
    }

/*
 * begin: events come from now on, unless listening_keep has seen to that before. end: no more.
 * 0 or libaltview's error.
 */
int listening_begin(altview *handle, const struct listening *l);
int listening_end(altview *handle);
/* For the rest of a batch; NULL: until here. */
int listening_keep(altview *handle, const struct listening *l);

#endif
