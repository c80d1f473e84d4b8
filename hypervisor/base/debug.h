/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checks of altview-debug.elf. The build makes it from the same sources as altview.elf, with
 * ALTVIEW_DEBUG defined. The compiler checks the conditions in both, so that neither becomes out of
 * date.
 */
#ifndef BASE_DEBUG_H
#define BASE_DEBUG_H

#include "log.h"

#ifdef ALTVIEW_DEBUG
#define DEBUG_BUILD 1
#else
#define DEBUG_BUILD 0
#endif

/* Panics if the condition is false. altview.elf does not evaluate it: don't rely on side
 * effects. */
#define debug_assert(condition)                                                                    \
    do {                                                                                           \
        if (DEBUG_BUILD && !(condition)) {                                                         \
            panic("%s:%d: not so: %s", __FILE__, __LINE__, #condition);                            \
        }                                                                                          \
    } while (0)

#endif
