/* SPDX-License-Identifier: BSD-2-Clause */
/* Events that have come, and that no thread has taken yet. */
#ifndef LIB_EVENT_QUEUE_H
#define LIB_EVENT_QUEUE_H

#include <altview/control.h>
#include <stdbool.h>

#define EVENT_QUEUE_SIZE 256

struct event_queue {
    unsigned int count;
    uint64_t dropped;
    struct altview_event events[EVENT_QUEUE_SIZE]; /* oldest first */
};

/*
 * A full queue drops the oldest event, if possible one on which no vCPU waits. `lost` of the events
 * taken from then on counts the drops.
 */
void event_queue_put(struct event_queue *q, const struct altview_event *event);
bool event_queue_take(struct event_queue *q, struct altview_event *event);

#endif
