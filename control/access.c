/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that a guest could make too: HVMOP_altp2m, and Xen's operations on access. */
#include "control/server.h"

#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

/* The caller's memory is the request's payload. */
struct memory {
    uint8_t *bytes;
    size_t size;
};

static bool holds(const struct memory *m, uint64_t at, size_t size)
{
    return at <= m->size && size <= m->size - at;
}

static int memory_read(void *context, void *to, uint64_t from, size_t size)
{
    const struct memory *m = context;

    if (!holds(m, from, size)) {
        return -XEN_EFAULT;
    }
    __builtin_memcpy(to, m->bytes + from, size);
    return 0;
}

static int memory_write(void *context, uint64_t to, const void *from, size_t size)
{
    const struct memory *m = context;

    if (!holds(m, to, size)) {
        return -XEN_EFAULT;
    }
    __builtin_memcpy(m->bytes + to, from, size);
    return 0;
}

static struct altp2m_caller caller_of(struct memory *m)
{
    return (struct altp2m_caller){
        .privileged = true, .context = m, .read = memory_read, .write = memory_write};
}

/* The operation works on a copy, which is the reply. The structure at its front goes back. */
int request_hvmop(struct control *c, struct exchange *x)
{
    struct memory memory = {.bytes = x->reply, .size = x->size};
    struct altp2m_caller caller = caller_of(&memory);

    __builtin_memcpy(x->reply, x->payload, x->size);
    x->reply_size = sizeof(struct xen_hvm_altp2m_op);
    return (int)altp2m_hvmop(c->domain, &caller, 0);
}

static uint64_t *progress(struct exchange *x, uint64_t done)
{
    struct altview_progress *progress = x->reply;

    progress->done = done;
    x->reply_size = sizeof(*progress);
    return &progress->done;
}

int request_set_access(struct control *c, struct exchange *x)
{
    const struct altview_set_access *a = x->payload;

    return altp2m_set_access_range(c->domain, a->view, a->gfn, a->nr, a->access,
                                   progress(x, a->done));
}

int request_access_list(struct control *c, struct exchange *x)
{
    const struct altview_access_list *a = x->payload;
    /* Only read from. */
    struct memory memory = {.bytes = (uint8_t *)x->payload, .size = x->size};
    struct altp2m_caller caller = caller_of(&memory);
    uint64_t gfns = sizeof(*a), accesses = gfns + a->nr * sizeof(uint64_t);

    if (x->size != accesses + a->nr || a->done > a->nr) {
        return -XEN_EINVAL;
    }
    return altp2m_set_access_list(c->domain, &caller, a->view, gfns, accesses, a->nr,
                                  progress(x, a->done));
}

int request_get_access(struct control *c, struct exchange *x)
{
    const struct altview_gfn *of = x->payload;
    struct altview_access *to = x->reply;
    int rc;

    *to = (struct altview_access){0};
    rc = altp2m_get_access(c->domain, of->view, of->gfn, &to->access);
    x->reply_size = rc ? 0 : sizeof(*to);
    return rc;
}

int request_set_required(struct control *c, struct exchange *x)
{
    const struct altview_required *r = x->payload;

    if (r->required > 1) {
        return -XEN_EINVAL;
    }
    c->domain->config.access_required = r->required;
    return 0;
}
