/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the parts of the xen: transport. */
#ifndef LIB_TRANSPORT_XEN_H
#define LIB_TRANSPORT_XEN_H

#include "../transport.h"
#include "xencall.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

struct xen {
    struct transport transport;
    struct xencall call;
    uint16_t domid;
};

/* A request, and room for the reply. */
struct xen_exchange {
    const void *payload;
    size_t size;
    void *reply;
    size_t room, reply_size;
};

static inline int reply_with(struct xen_exchange *x, const void *reply, size_t size)
{
    if (size > x->room) {
        return -EMSGSIZE;
    }
    memcpy(x->reply, reply, size);
    x->reply_size = size;
    return 0;
}

/* Serves one request: its status. */
typedef int xen_request_handler(struct xen *xen, struct xen_exchange *x);

/* xen_altp2m.c: operations in the callers' own form */
xen_request_handler xen_hvmop;
/* xen_access.c */
xen_request_handler xen_set_access, xen_access_list, xen_get_access;

/* xen_altp2m.c: a structure for HVMOP_altp2m at the start of a hypercall buffer of `size` bytes, or
 * NULL; and the hypercall. */
struct xen_hvm_altp2m_op *xen_new_altp2m(struct xen *xen, uint32_t cmd, size_t size);
int xen_call_altp2m(struct xen *xen, struct xen_hvm_altp2m_op *op);

/* Two lists of `nr` elements each after a structure, both in one buffer. */
struct xen_lists {
    uint64_t gfns, accesses; /* offsets in the buffer */
    uint32_t nr;
};

/* Make offsets in `buffer` addresses. */
void xen_point_at(struct xen_hvm_altp2m_set_mem_access_multi *multi, const struct xen_lists *l,
                  uint8_t *buffer);

#endif
