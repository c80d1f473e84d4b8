/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What only altview-debug.elf does. It is built from the same sources as altview.elf, with
 * ALTVIEW_DEBUG defined; the compiler checks conditions in both, so that neither rots.
 */
#ifndef BASE_DEBUG_H
#define BASE_DEBUG_H

#include "log.h"

#ifdef ALTVIEW_DEBUG
#define DEBUG_BUILD 1
#else
#define DEBUG_BUILD 0
#endif

/* Panics where the condition does not hold. altview.elf does not evaluate it: don't rely on side
 * effects. */
#define debug_assert(condition)                                                                    \
    do {                                                                                           \
        if (DEBUG_BUILD && !(condition)) {                                                         \
            panic("%s:%d: not so: %s", __FILE__, __LINE__, #condition);                            \
        }                                                                                          \
    } while (0)

#endif
