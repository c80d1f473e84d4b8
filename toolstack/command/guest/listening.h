/* SPDX-License-Identifier: BSD-2-Clause */
/* The selection of events: options and their request, for all commands that have them. */
#ifndef COMMAND_LISTENING_H
#define COMMAND_LISTENING_H

#include "options.h"
#include "session.h"

struct listening {
    uint32_t types; /* 0: not given */
    struct altview_msrs msrs;
    bool sync;
    unsigned long reply_ms;       /* 0: the domain's own */
    enum altview_unanswered rule; /* 0: the domain's own */
};

#define RULE_NAMES "deny:gp, deny:ud, deny:pf, stop or lift"

int option_events(const struct option *option, const char *value); /* to: uint32_t */
int option_rule(const struct option *option, const char *value);   /* to: its enum */
int option_msr(const struct option *option, const char *value);    /* to: struct altview_msrs */

#define OPTIONS_LISTENING(l)                                                                       \
    OPTION_BY(option_events, "events", "LIST", &(l)->types,                                        \
              "only these, with commas between (default: all, but for those of control\n"          \
              "registers):" EVENT_NAMES,                                                           \
              .letter = 'e'),                                                                      \
        OPTION_BY(option_msr, "msr", "NUMBER", &(l)->msrs,                                         \
                  "writes of that MSR, such as 0xc0000082; may be given several times;\n"          \
                  "without --events only these"),                                                  \
        OPTION_FLAG("sync", &(l)->sync,                                                            \
                    "the vCPU waits at each of them (default: at mem_access) for an answer",       \
                    .letter = 's'),                                                                \
        OPTION_NUMBER("reply-timeout", "MS", &(l)->reply_ms, 1, 3600000,                           \
                      "for how long it waits at most (default: 5000)"),                            \
        OPTION_BY(option_rule, "unanswered", "RULE", &(l)->rule,                                   \
                  "what becomes of a mem_access without an answer, and of those that follow\n"     \
                  "when no monitor answers any more: " RULE_NAMES "\n"                             \
                  "(default: deny:gp; where access is required, stop)")

/* Do these options go together? 0, or that of usage_error, before anything is sent. */
int listening_check(const struct listening *l);

/*
 * begin: events come from now on, unless listening_keep has seen to that before. end: no more.
 * 0 or libaltview's error.
 */
int listening_begin(altview *handle, const struct listening *l);
int listening_end(altview *handle);
/* For the rest of a batch; NULL: until this command. */
int listening_keep(altview *handle, const struct listening *l);

#endif
