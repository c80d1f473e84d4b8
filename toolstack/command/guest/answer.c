/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/answer.h"

#include "say.h"

#include <string.h>

#define VECTOR_BP 3
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

/* Error code of a #PF: SDM Vol. 3A 4.7. */
#define FAULT_PRESENT 1U
#define FAULT_WRITE   2U
#define FAULT_USER    4U
#define FAULT_FETCH   16U

/* A name that ends with ":" is followed by a view. */
static const struct {
    const char *name;
    uint32_t actions;
    uint8_t vector;
} answers[] = {
    {"continue", 0, 0},
    {"lift", ALTVIEW_ANSWER_LIFT, 0},
    {"step", ALTVIEW_ANSWER_STEP, 0},
    {"step-in:", ALTVIEW_ANSWER_STEP, 0},
    {"switch:", ALTVIEW_ANSWER_SWITCH, 0},
    {"deny:ud", ALTVIEW_ANSWER_DENY, VECTOR_UD},
    {"deny:gp", ALTVIEW_ANSWER_DENY, VECTOR_GP},
    {"deny:pf", ALTVIEW_ANSWER_DENY, VECTOR_PF},
    {"deny:bp", ALTVIEW_ANSWER_DENY, VECTOR_BP},
    {"skip", ALTVIEW_ANSWER_SKIP, 0},
};

static bool is_answer(const char *name, const char *text)
{
    size_t length = strlen(name);

    return name[length - 1] == ':' ? !strncmp(name, text, length) && text[length]
                                   : !strcmp(name, text);
}

int option_answer(const struct option *option, const char *value)
{
    struct answer_plan *plan = option->to;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        const char *name = answers[i].name;

        if (is_answer(name, value)) {
            size_t length = strlen(name);

            *plan = (struct answer_plan){.text = value,
                                         .view = name[length - 1] == ':' ? value + length : NULL,
                                         .actions = answers[i].actions,
                                         .vector = answers[i].vector};
            return 0;
        }
    }
    return usage_error("--%s %s: give " ANSWER_NAMES, option->name, value);
}

int answer_prepare(struct session *s, struct answer_plan *plan)
{
    return plan->view ? session_view(s, plan->view, &plan->view_number) : 0;
}

/* The error code of a page fault for an access that is not allowed, to a page that is there. */
static uint32_t page_fault_code(const struct altview_event *event)
{
    return FAULT_PRESENT | (event->wants & 2 ? FAULT_WRITE : 0) |
           (event->flags & ALTVIEW_EVENT_USER ? FAULT_USER : 0) |
           (event->wants & 4 ? FAULT_FETCH : 0);
}

static struct answer_plan default_plan(const struct altview_event *event)
{
    switch (event->type) {
    case ALTVIEW_EVENT_MEM_ACCESS:
        return (struct answer_plan){.actions = ALTVIEW_ANSWER_STEP};
    case ALTVIEW_EVENT_VMFUNC_REFUSED:
        return (struct answer_plan){.actions = ALTVIEW_ANSWER_DENY, .vector = VECTOR_UD};
    case ALTVIEW_EVENT_BREAKPOINT:
        return (struct answer_plan){.actions = ALTVIEW_ANSWER_DENY, .vector = VECTOR_BP};
    default:
        return (struct answer_plan){.actions = 0};
    }
}

int answer_event(altview *handle, const struct answer_plan *plan, const struct altview_event *event)
{
    const struct answer_plan use = plan->text ? *plan : default_plan(event);
    struct altview_answer answer = {
        .event = event->id,
        .vcpu = event->vcpu,
        .actions = use.actions,
        .view = use.view ? (uint16_t)use.view_number : event->view,
        .vector = use.vector,
    };

    if (use.vector == VECTOR_PF) {
        answer.error_code = page_fault_code(event);
        answer.cr2 = event->gla;
    }
    return altview_answer(handle, &answer);
}
