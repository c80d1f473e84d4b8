/* SPDX-License-Identifier: BSD-2-Clause */
/* Events and answers, for stories in which they come as they should. */
#ifndef MONITOR_EVENT_H
#define MONITOR_EVENT_H

#include "guest.h"

#define EVENT(name) (1U << ALTVIEW_EVENT_##name)

/* Replaces what was listened for before. */
void event_listen(struct guest *g, uint32_t sync, uint32_t report);

/* The next one, if it comes within so many milliseconds. */
bool event_try(struct guest *g, struct altview_event *event, int milliseconds);
/* The next one; none for PATIENCE milliseconds ends the program. */
struct altview_event event_next(struct guest *g);
/* The next one, which must be a mem_access the vCPU waits on. */
struct altview_event event_refused(struct guest *g);
/* No event was sent but those that were taken, by what the port counts. */
void event_check_none(struct guest *g, const char *what);
/* Stop listening, and take what had been sent. */
void event_end(struct guest *g);

/* An answer with the event's own registers, view and vCPU filled in. */
struct altview_answer event_answer(const struct altview_event *event, uint32_t actions);
/* Send one that must be taken. */
void event_reply(struct guest *g, const struct altview_event *event, uint32_t actions);
void event_reply_view(struct guest *g, const struct altview_event *event, uint32_t actions,
                      unsigned int view);
void event_deny(struct guest *g, const struct altview_event *event, uint8_t vector,
                uint32_t error_code, uint64_t cr2);

#endif
