/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of Xen's libraries that altview does not have: they say so, once each, and fail. */
#ifndef TOOLSTACK_XEN_MISSING_H
#define TOOLSTACK_XEN_MISSING_H

#include <stdatomic.h>
#include <stddef.h>

/* Say once on stderr that the function is missing; errno becomes ENOSYS. */
void altview_xen_missing(const char *name, atomic_flag *told);

/* Weak: the real function of that name, where there is one, is the one that is linked. A caller's
 * arguments stay where they are, in registers and on its stack. */
#define MISSING(name, type, end)                                                                   \
    __attribute__((weak)) type name(void);                                                         \
    __attribute__((weak)) type name(void)                                                          \
    {                                                                                              \
        static atomic_flag told = ATOMIC_FLAG_INIT;                                                \
        altview_xen_missing(#name, &told);                                                         \
        end;                                                                                       \
    }
#define MISSING_NUMBER(name) MISSING(name, long, return -1)
#define MISSING_NULL(name)   MISSING(name, void *, return NULL)
#define MISSING_NONE(name)   MISSING(name, void, return )

#endif
