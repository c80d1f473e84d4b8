/* SPDX-License-Identifier: BSD-2-Clause */
/* The tests, as stories. Each has its own machine, in external mode except one. */
#ifndef MONITOR_STORIES_H
#define MONITOR_STORIES_H

#include "guest.h"

/* With a connected guest, which they leave running, and with its expected memory. */
void story_events(struct guest *g);
void story_answers(struct guest *g);
void story_refusals(struct guest *g);
void story_denials(struct guest *g);
void story_policies(struct guest *g);
void story_vmfunc(struct guest *g);
void story_breakpoints(struct guest *g);
void story_views(struct guest *g);
void story_control(struct guest *g);
void story_steps(struct guest *g);
void story_traps(struct guest *g);
void story_instructions(struct guest *g);
void story_interrupts(struct guest *g);
void story_upcalls(struct guest *g);
void story_entries(struct guest *g);
void story_registers(struct guest *g);
void story_msrs(struct guest *g);
void story_conversions(struct guest *g);
void story_silence(struct guest *g);
void story_hostile(struct guest *g);
void story_balloon(struct guest *g);
void story_memory(struct guest *g);
/* The machine of this story is in limited mode. */
void story_limited(struct guest *g);

/* The guest of this story does not survive: the run has --access-required. */
void story_required(struct guest *g);
/* Neither does the guest of this one: it is stopped because no answer comes. */
void story_unanswered(struct guest *g);
/* This story is itself the other end of serial port 2, at g->handle's `where`; see bridge.h. */
void story_direct(struct guest *g);

#endif
