/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations that depend on the altp2m mode, for calls that the guest makes on itself. */
#ifndef CONFORMANCE_BY_MODE_H
#define CONFORMANCE_BY_MODE_H

#include "world.h"

struct by_mode {
    long expected[MODE_COUNT];
};

#define ALWAYS(rc)                                                                                 \
    {                                                                                              \
        {                                                                                          \
            rc, rc, rc, rc                                                                         \
        }                                                                                          \
    }

/* Xen: xsm_hvm_altp2mhvm_op; `mixed` is what the operation itself answers. */
#define AS_ALLOWED(mixed)                                                                          \
    {                                                                                              \
        {                                                                                          \
            [MODE_DISABLED] = -XEN_EINVAL, [MODE_MIXED] = (mixed), [MODE_EXTERNAL] = -XEN_EPERM,   \
            [MODE_LIMITED] = -XEN_EPERM                                                            \
        }                                                                                          \
    }

#endif
