/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XEN_ACCESS_OP_H
#define XEN_ACCESS_OP_H

#include "xen/hypercall.h"

/* XENMEM_access_op: for a toolstack only; a guest is refused as Xen refuses it. */
hypercall_handler memory_access_op;

#endif
