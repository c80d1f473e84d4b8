/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/server.h"

/* Frames lie one after the other, and the code reads them in place. */
_Static_assert(sizeof(struct altview_event) % 8 == 0 && ALTVIEW_EVENT_BRIEF_SIZE % 8 == 0,
               "what follows an event is aligned");

struct altview_event event_new(const struct control *c, unsigned int vcpu,
                               enum altview_event_type type)
{
    struct altview_event event = {
        .tsc = time_now(c),
        .vcpu = vcpu,
        .type = (uint8_t)type,
        .outcome = ALTVIEW_OUTCOME_DONE,
        .view = vcpu_of(c, vcpu)->view,
        .gfn = ALTVIEW_NO_GFN,
    };

    c->host.get_general(c->host.context, vcpu, &event.general, &event.cr3);
    if (!(c->listen.flags & ALTVIEW_LISTEN_BRIEF)) {
        event.instruction_size = (uint8_t)c->host.instruction(c->host.context, vcpu,
                                                              event.instruction, &event.code_bits);
    }
    return event;
}

bool event_send(struct control *c, struct altview_event *event)
{
    struct altview_frame *frame = (void *)(c->events + c->events_size);
    size_t size =
        c->listen.flags & ALTVIEW_LISTEN_BRIEF ? ALTVIEW_EVENT_BRIEF_SIZE : sizeof(*event);
    size_t room = event->flags & ALTVIEW_EVENT_SYNC ? sizeof(c->events) : CONTROL_EVENT_BUFFER;

    event->id = ++c->event_count;
    event->lost = c->counters.events_dropped;
    if (c->events_size + sizeof(*frame) + size > room) {
        c->counters.events_dropped++;
        return false;
    }
    *frame = (struct altview_frame){.kind = ALTVIEW_FRAME_EVENT,
                                    .type = event->type,
                                    .length = (uint32_t)size,
                                    .sequence = (uint32_t)event->id};
    __builtin_memcpy(frame + 1, event, size);
    c->events_size += frame_complete(c, frame);
    c->counters.events_sent++;
    if (c->host.told && !(event->flags & ALTVIEW_EVENT_SYNC)) {
        c->host.told(c->host.context);
    }
    return true;
}

/* The event at the front, all of it. */
size_t events_front(const struct control *c)
{
    const struct altview_frame *frame = (const void *)c->events;

    return c->events_size ? sizeof(*frame) + frame->length : 0;
}

/* The server sends the current frame to its end: it never cuts a frame. */
void events_forget(struct control *c)
{
    c->events_size = c->events_sent ? events_front(c) : 0;
}

void events_sent(struct control *c, size_t size)
{
    size_t whole = events_front(c);

    c->events_sent += size;
    if (c->events_sent < whole) {
        return;
    }
    c->events_sent = 0;
    c->events_size -= whole;
    if (c->events_size) {
        __builtin_memmove(c->events, c->events + whole, c->events_size);
    }
}
