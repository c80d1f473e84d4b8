/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls that altview does not know: what a guest that was built for Xen misses. */
#ifndef XEN_UNKNOWN_H
#define XEN_UNKNOWN_H

#include "xen/hypercall.h"

/* One has been refused with -ENOSYS. Told once for each number and operation, of the first
 * XEN_UNKNOWN_TOLD: a guest may make up any number of them. */
void unknown_tell(const struct hypercall *call);

#endif
