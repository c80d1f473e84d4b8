/* SPDX-License-Identifier: BSD-2-Clause */
/* VMFUNC, and accesses to memory through a view. */
#include "measure.h"
#include "memory.h"
#include "probe.h"
#include "stage.h"

static volatile uint8_t *const page = (uint8_t *)STAGE_PAGE;

static long enter_fresh(void)
{
    stage_enter(stage_fresh);
    return 0;
}

static long there_and_back(void)
{
    stage_enter(stage_view);
    stage_leave();
    return 0;
}

static void make_and_enter_fresh(unsigned int n)
{
    stage_make_fresh(n);
    stage_enter(stage_fresh);
}

/* The loop's own instructions, three a page, are part of the answer. */
static long touch_all(void)
{
    for (uintptr_t at = STAGE_RAM; at != STAGE_RAM + STAGE_BYTES; at += PAGE_SIZE)
        (void)*(volatile uint8_t *)at;
    return 0;
}

static void make_read_only(uint8_t suppress)
{
    stage_must("set_access", altp2m_set_access(stage_view, STAGE_GFN, XENMEM_access_r));
    stage_must("set_suppress_ve", altp2m_set_suppress_ve(stage_view, STAGE_GFN, suppress));
}

static void enter_unheard(unsigned int n)
{
    (void)n;
    make_read_only(1);
    stage_enter(stage_view);
}

static void enter_listening(unsigned int n)
{
    (void)n;
    make_read_only(0);
    stage_ve_leaves = true;
    stage_enter(stage_view);
}

static void stop_listening(void)
{
    stage_leave();
    stage_ve_leaves = false;
}

static long write_page(void)
{
    *page = 1;
    return 0;
}

const struct operation accesses[] = {
    {.name = "first_vmfunc",
     .before = stage_make_fresh,
     .run = enter_fresh,
     .after = stage_drop_fresh},
    {.name = "vmfunc_pair", .run = there_and_back},
    {.name = "first_touch_64m",
     .units = STAGE_PAGES,
     .before = make_and_enter_fresh,
     .run = touch_all,
     .after = stage_drop_fresh},
    {.name = "lifted_write", .before = enter_unheard, .run = write_page, .after = stage_leave},
    {.name = "ve_delivery",
     .before = enter_listening,
     .run = write_page,
     .after = stop_listening,
     .stopped = &stage_ve_arrived},
};
const unsigned int accesses_count = COUNT_OF(accesses);
