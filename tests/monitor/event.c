/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include "check.h"

#include <errno.h>
#include <inttypes.h>

void event_listen(struct guest *g, uint32_t sync, uint32_t report)
{
    const struct altview_listen listen = {.sync = sync, .report = report};

    need("the monitor listens", altview_listen(g->handle, &listen));
}

struct altview_event event_next(struct guest *g)
{
    struct altview_event event;

    need("an event comes", altview_next_event(g->handle, &event, PATIENCE));
    note("event %" PRIu64 ": type %u, outcome %u, view %u, gfn %#" PRIx64
         ", wants %u, RIP %#" PRIx64,
         event.id, event.type, event.outcome, event.view, event.gfn, event.wants,
         event.general.rip);
    return event;
}

struct altview_event event_refused(struct guest *g)
{
    struct altview_event event = event_next(g);

    if (event.type != ALTVIEW_EVENT_MEM_ACCESS || event.outcome != ALTVIEW_OUTCOME_WAITS) {
        give_up("a refused access waits for an answer", "event of type %u, outcome %u", event.type,
                event.outcome);
    }
    return event;
}

void event_check_none(struct guest *g, const char *what)
{
    struct altview_event event = {0};
    int rc = altview_next_event(g->handle, &event, 0);

    check(rc == -EAGAIN, what, "an event of type %u has come, outcome %u, gfn %#" PRIx64 " (%d)",
          event.type, event.outcome, event.gfn, rc);
}

struct altview_answer event_answer(const struct altview_event *event, uint32_t actions)
{
    return (struct altview_answer){
        .event = event->id,
        .vcpu = event->vcpu,
        .actions = actions,
        .view = event->view,
        .general = event->general,
    };
}

void event_reply(struct guest *g, const struct altview_event *event, uint32_t actions)
{
    event_reply_view(g, event, actions, event->view);
}

void event_reply_view(struct guest *g, const struct altview_event *event, uint32_t actions,
                      unsigned int view)
{
    struct altview_answer answer = event_answer(event, actions);

    answer.view = (uint16_t)view;
    need("an answer is taken", altview_answer(g->handle, &answer));
}

void event_deny(struct guest *g, const struct altview_event *event, uint8_t vector,
                uint32_t error_code, uint64_t cr2)
{
    struct altview_answer answer = event_answer(event, ALTVIEW_ANSWER_DENY);

    answer.vector = vector;
    answer.error_code = error_code;
    answer.cr2 = cr2;
    need("an answer is taken", altview_answer(g->handle, &answer));
}
