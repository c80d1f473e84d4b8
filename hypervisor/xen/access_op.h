/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef XEN_ACCESS_OP_H
#define XEN_ACCESS_OP_H

#include "xen/hypercall.h"

/*
 * Of memory_op's command: bits above these count the extents or gfns that are done (Xen:
 * MEMOP_EXTENT_SHIFT).
 */
#define COMMAND_SHIFT 6
#define COMMAND_MASK  ((1U << COMMAND_SHIFT) - 1)

/* XENMEM_access_op: the comment in access_op.c says which caller may use it. */
hypercall_handler memory_access_op;

#endif
