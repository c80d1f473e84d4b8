/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest is, for several of these files. */
#ifndef TOOLSTACK_XEN_GUEST_H
#define TOOLSTACK_XEN_GUEST_H

#include "xc.h"

/* RAM of the guest's own. */
struct guest_memory {
    uint64_t pages;
    uint64_t last; /* gfn */
};

/* 0 or a negative errno value, explained. */
int guest_memory(altview *h, struct guest_memory *m);

#endif
