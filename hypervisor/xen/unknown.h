/* SPDX-License-Identifier: BSD-2-Clause */
/* Hypercalls that altview does not know: what a guest that was built for Xen misses. */
#ifndef XEN_UNKNOWN_H
#define XEN_UNKNOWN_H

#include "xen/hypercall.h"

/* Note that one has been refused with -ENOSYS. The log names the first XEN_UNKNOWN_TOLD, each
 * number and operation once: a guest may make up any number of them. */
void unknown_tell(const struct hypercall *call);

#endif
