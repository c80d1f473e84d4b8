/* SPDX-License-Identifier: BSD-2-Clause */
#include "event_queue.h"

#include <string.h>

static void remove_at(struct event_queue *q, unsigned int i)
{
    q->count--;
    memmove(&q->events[i], &q->events[i + 1], (q->count - i) * sizeof(q->events[0]));
}

static void drop_one(struct event_queue *q)
{
    unsigned int i = 0;

    while (i < q->count && q->events[i].flags & ALTVIEW_EVENT_SYNC) {
        i++;
    }
    remove_at(q, i < q->count ? i : 0);
    q->dropped++;
}

void event_queue_put(struct event_queue *q, const struct altview_event *event)
{
    if (q->count == EVENT_QUEUE_SIZE) {
        drop_one(q);
    }
    q->events[q->count++] = *event;
}

bool event_queue_take(struct event_queue *q, struct altview_event *event)
{
    if (!q->count) {
        return false;
    }
    *event = q->events[0];
    event->lost += q->dropped;
    remove_at(q, 0);
    return true;
}
