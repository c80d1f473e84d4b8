/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XEN_ACCESS_OP_H
#define XEN_ACCESS_OP_H

#include "xen/hypercall.h"

/* XENMEM_access_op: see the comment in access_op.c about who may. */
hypercall_handler memory_access_op;

#endif
