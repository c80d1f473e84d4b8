/* SPDX-License-Identifier: BSD-2-Clause */
/* The RAM that random hypercalls act on, and where they put it. */
#ifndef HOSTILE_VICTIMS_H
#define HOSTILE_VICTIMS_H

#include <stdint.h>

#define FAR_GFN     UINT64_C(0x1a00000) /* behind all RAM */
#define EXTENT_MOST (1U << 9)           /* pages: MAX_ORDER of hypervisor/xen/memory.c */

/*
 * Make the victims RAM again, open to all in view 0: later attacks use them. Content is lost, and
 * so are all views. Returns how many could not be.
 */
unsigned int victims_restore(void);

#endif
