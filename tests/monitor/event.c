/* SPDX-License-Identifier: BSD-2-Clause */
#include "event.h"

#include "check.h"

#include <inttypes.h>

void event_listen(struct guest *g, uint32_t sync, uint32_t report)
{
    const struct altview_listen listen = {.sync = sync, .report = report, .timeout_ms = PATIENCE};

    need("the monitor listens", altview_listen(g->handle, &listen));
    if (!sync && !report) {
        g->events = guest_statistics(g).events_sent; /* the port drops the events under way */
    }
}

bool event_try(struct guest *g, struct altview_event *event, int milliseconds)
{
    if (altview_next_event(g->handle, event, milliseconds)) {
        return false;
    }
    g->events = event->id - event->lost;
    return true;
}

struct altview_event event_next(struct guest *g)
{
    struct altview_event event;

    if (!event_try(g, &event, PATIENCE)) {
        give_up("an event comes", "none in %u s", PATIENCE / 1000);
    }
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
    uint64_t sent = guest_statistics(g).events_sent;

    check(sent == g->events, what, "%" PRIu64 " events were sent, %" PRIu64 " were taken", sent,
          g->events);
}

/* Of the events that wait to be sent, the port drops all but one that it has begun. That one ends
 * before the reply does, so no event comes after the reply. */
void event_end(struct guest *g)
{
    struct altview_event event;

    event_listen(g, 0, 0);
    while (!altview_next_event(g->handle, &event, 0)) {
    }
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
