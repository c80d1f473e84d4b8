/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wide windows: with the debug build's option wide-windows a CPU waits a random while after each
 * store that another vCPU or the guest can see. On AMD-V an NMI comes before each instruction that
 * is stepped. A race that otherwise needs luck then needs none.
 * altview.elf has none of this.
 */
#ifndef DEBUG_WINDOW_H
#define DEBUG_WINDOW_H

#include <stdbool.h>

#ifdef ALTVIEW_DEBUG
/* From now on windows are wide. False: this build has none to widen. */
bool window_widen(void);
/* Whether they are. Code that takes as long as many exits must not run then. */
bool window_is_wide(void);
/* A store has been made that others can see. With or without the domain's lock. */
void window_open(void);
#else
static inline bool window_widen(void)
{
    return false;
}

static inline bool window_is_wide(void)
{
    return false;
}

static inline void window_open(void)
{
}
#endif

#endif
