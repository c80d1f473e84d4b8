/* SPDX-License-Identifier: BSD-2-Clause */
/* What is tested, told as stories: each has a machine of its own, in external mode
 * but for one. */
#ifndef MONITOR_STORIES_H
#define MONITOR_STORIES_H

#include "guest.h"

/* On a connected guest, which they leave running, with its memory as expected. */
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
void story_conversions(struct guest *g);
void story_silence(struct guest *g);
void story_hostile(struct guest *g);
void story_balloon(struct guest *g);
void story_memory(struct guest *g);
/* This one's machine is in limited mode. */
void story_limited(struct guest *g);

/* This one's guest does not survive: the run has --access-required. */
void story_required(struct guest *g);
/* Nor this one's: it is stopped for want of an answer. */
void story_unanswered(struct guest *g);
/* This one is the other end of serial port 2 itself, at g->handle's `where`; see bridge.h. */
void story_direct(struct guest *g);

#endif
