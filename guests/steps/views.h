/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ways in which the guest runs a sequence: each in its own view, which restricts the sequence's
 * pages, and with its own decision about refused accesses. tests/steps sets the policies, and
 * answers.
 */
#ifndef STEPS_VIEWS_H
#define STEPS_VIEWS_H

#define VIEW_0      0
#define VIEW_REPORT 1 /* policy report */
#define VIEW_IN_0   2 /* step-in view 0 */
#define VIEW_IN     3 /* step-in VIEW_OTHER */
#define VIEW_LIFT   4 /* lift */
#define VIEW_ANSWER 5 /* a monitor answers step */
#define VIEW_PLAIN  6 /* as view 0, to which sequences may be sent; they can't return to this one */
#define VIEW_OTHER  7 /* the same, but they can return to it */

/* Touched in VIEW_ANSWER: from here on every instruction is stepped, or no longer. */
#define VIEW_MARK_PAGE 0xe01ff000
#define VIEW_MARK_ON   (VIEW_MARK_PAGE + 8)
#define VIEW_MARK_OFF  (VIEW_MARK_PAGE + 16)

#ifndef __ASSEMBLER__
#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

enum way { WAY_PLAIN, WAY_REPORT, WAY_IN_0, WAY_IN, WAY_LIFT, WAY_ANSWER, WAY_WATCH, WAYS };
#define POLICIES 4 /* ways, from WAY_REPORT on */

const char *way_name(enum way way);

/* Make the views, and wait until their policies are set. */
void views_init(void);
/* Go into the view of a way, where pages are restricted so. */
void views_enter(enum way way, const uint8_t accesses[ARENA_PAGES]);
/* Returns the view in which the sequence ended, and goes back to view 0. */
uint16_t views_leave(enum way way);
uint16_t view_of(enum way way);
#endif

#endif
