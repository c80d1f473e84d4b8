/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Wide windows: with the debug build's option wide-windows a CPU waits a random while after each
 * store that another vCPU or the guest can see. On AMD-V an NMI comes before each stepped
 * instruction. So a race that is rare otherwise becomes likely.
 * altview.elf has none of this.
 */
#ifndef DEBUG_WINDOW_H
#define DEBUG_WINDOW_H

#include <stdbool.h>

#ifdef ALTVIEW_DEBUG
/* Make windows wide from now on. False: this build can't. */
bool window_widen(void);
/* Whether they are. Code that takes as long as many exits must not run then. */
bool window_is_wide(void);
/* Call it after a store that others can see, with or without the domain's lock. */
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
