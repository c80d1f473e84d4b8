/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory and views for the measured operations. */
#ifndef COST_STAGE_H
#define COST_STAGE_H

#include "altp2m.h"
#include "measure.h"

/* RAM that no other code uses, 2 MiB-aligned: regions of 2 MiB, each under one leaf table. */
#define STAGE_RAM          0x2000000UL
#define STAGE_REGION       0x200000UL
#define STAGE_REGIONS      32
#define STAGE_REGION_PAGES (STAGE_REGION / 4096)
#define STAGE_BYTES        (STAGE_REGIONS * STAGE_REGION)
#define STAGE_PAGES        (STAGE_REGIONS * STAGE_REGION_PAGES)

/* The page of most operations, in a region where stage_view has settings already. */
#define STAGE_PAGE  (STAGE_RAM + 0x10000)
#define STAGE_OTHER (STAGE_RAM + 0x20000) /* what change_gfn shows there */
#define STAGE_GFN   (STAGE_PAGE >> 12)

/* Turn altp2m and #VE on and make stage_view. False, and says why, if that can't be. */
bool stage_init(void);

extern uint16_t stage_view;  /* a view that stays */
extern uint16_t stage_fresh; /* the one stage_make_fresh made last */

/* For operation.before and .after: a view that no vCPU has been in yet, made and destroyed. */
void stage_make_fresh(unsigned int n);
void stage_drop_fresh(void);

/* Into a view and back to view 0. */
void stage_enter(uint16_t view);
void stage_leave(void);

/*
 * #VE. The handler notes the counter in stage_ve_arrived and returns. It leaves the busy word set,
 * so that the access goes to the hypervisor when it is tried again, unless stage_ve_leaves: then it
 * goes back to view 0, where the access succeeds.
 */
extern uint64_t stage_ve_arrived;
extern bool stage_ve_leaves;
void stage_ve_reset(void);
unsigned int stage_ve_count(void);

/* A failure outside the measured part: print it and end the guest. */
void stage_must(const char *what, long rc);

#endif
