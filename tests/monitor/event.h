/* SPDX-License-Identifier: BSD-2-Clause */
/* Events and answers, for stories in which events come as expected. */
#ifndef MONITOR_EVENT_H
#define MONITOR_EVENT_H

#include "guest.h"

#define EVENT(name) (1U << ALTVIEW_EVENT_##name)

/* Replaces the last call's events. */
void event_listen(struct guest *g, uint32_t sync, uint32_t report);

/* The next event, if it comes within that many milliseconds. */
bool event_try(struct guest *g, struct altview_event *event, int milliseconds);
/* The next event. The program ends if none comes for PATIENCE milliseconds. */
struct altview_event event_next(struct guest *g);
/* The next event, which must be a mem_access that the vCPU waits on. */
struct altview_event event_refused(struct guest *g);
/* The port has sent no more events than the story has taken, by the port's count. */
void event_check_none(struct guest *g, const char *what);
/* Stop listening, and take the events already sent. */
void event_end(struct guest *g);

/* An answer with the event's own registers, view and vCPU filled in. */
struct altview_answer event_answer(const struct altview_event *event, uint32_t actions);
/* Sends an answer, which the port must accept. */
void event_reply(struct guest *g, const struct altview_event *event, uint32_t actions);
void event_reply_view(struct guest *g, const struct altview_event *event, uint32_t actions,
                      unsigned int view);
void event_deny(struct guest *g, const struct altview_event *event, uint8_t vector,
                uint32_t error_code, uint64_t cr2);

#endif
