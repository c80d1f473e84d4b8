/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to synchronous events, from the command line to the domain. */
#ifndef COMMAND_ANSWER_H
#define COMMAND_ANSWER_H

#include "options.h"
#include "session.h"

#define ANSWER_NAMES                                                                               \
    "continue, lift, step, step-in:VIEW, switch:VIEW, deny:ud, deny:gp, deny:pf, deny:bp or skip"

/* All zero: for each type of event, the answer that lets the guest go on unchanged. */
struct answer_plan {
    const char *text; /* as given; NULL: not given */
    const char *view; /* of step-in and switch */
    unsigned int view_number;
    uint32_t actions;
    uint8_t vector;
};

/* For struct option.take; to: struct answer_plan. */
int option_answer(const struct option *option, const char *value);

/* Find the view, before the first event. 0, or EXIT_FAILED after having said why not. */
int answer_prepare(struct session *s, struct answer_plan *plan);

/* 0 or libaltview's error. */
int answer_event(altview *handle, const struct answer_plan *plan,
                 const struct altview_event *event);

#endif
