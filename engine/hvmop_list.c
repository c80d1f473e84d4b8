/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on many gfns: bounded work, then -ERESTART with the progress saved. */
#include "hvmop.h"

/* Guest lists are read this many elements at a time. */
#define CHUNK 64

struct access_list {
    uint64_t gfns, accesses; /* guest addresses */
    uint64_t gfn[CHUNK];
    uint8_t access[CHUNK];
};

static int chunk_read(const struct altp2m_domain *d, struct access_list *list, uint64_t from,
                      uint64_t count)
{
    return guest_read(d, list->gfn, list->gfns + from * sizeof(uint64_t),
                      count * sizeof(uint64_t)) ||
                   guest_read(d, list->access, list->accesses + from, count)
               ? -XEN_EFAULT
               : 0;
}

/* Xen: the loop of p2m_set_mem_access_multi. */
static int chunk_set(struct altp2m_domain *d, struct altp2m_view *v, const struct access_list *list,
                     uint64_t count, uint64_t *done)
{
    for (uint64_t i = 0; i < count; i++, ++*done) {
        unsigned int access;
        if (!access_resolve(d, list->access[i], &access))
            return -XEN_EINVAL;
        int rc = access_set_one(d, v, list->gfn[i], access);
        if (rc && rc != -XEN_ESRCH)
            return rc;
    }
    return 0;
}

int altp2m_set_access_list(struct altp2m_domain *d, unsigned int view, uint64_t gfns,
                           uint64_t accesses, uint64_t nr, uint64_t *done)
{
    struct altp2m_view *v = view_get(d, view);
    struct access_list list;
    uint64_t pause = *done + HVMOP_BATCH;

    if (!v)
        return -XEN_EINVAL;
    list.gfns = gfns;
    list.accesses = accesses;
    while (*done < nr) {
        if (*done >= pause)
            return -ALTP2M_ERESTART;
        uint64_t count = nr - *done < CHUNK ? nr - *done : CHUNK;
        /* A list may end at the last readable byte: then go on one by one to the very element. */
        if (chunk_read(d, &list, *done, count) && chunk_read(d, &list, *done, count = 1))
            return -XEN_EFAULT;
        int rc = chunk_set(d, v, &list, count, done);
        if (rc)
            return rc;
    }
    return 0;
}

/* Guest handles follow `opaque`: 8 bytes each, 4 for a 32-bit caller. */
static void list_handles(const struct hvmop_call *c, uint64_t *gfns, uint64_t *accesses)
{
    const struct xen_hvm_altp2m_set_mem_access_multi *args = &c->op.xen.u.set_mem_access_multi;
    const void *handles = &args->pfn_list;

    if (c->caller->compat) {
        const uint32_t *narrow = handles;
        *gfns = narrow[0];
        *accesses = narrow[1];
    } else {
        const uint64_t *wide = handles;
        *gfns = wide[0];
        *accesses = wide[1];
    }
}

long hvmop_set_mem_access_multi(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_set_mem_access_multi *args = &c->op.xen.u.set_mem_access_multi;
    uint64_t gfns, accesses;

    if (args->pad || args->opaque > args->nr)
        return -XEN_EINVAL;
    list_handles(c, &gfns, &accesses);
    long rc = altp2m_set_access_list(c->d, args->view, gfns, accesses, args->nr, &args->opaque);
    /* Done: leave the structure fit to be used again. */
    if (!rc)
        args->opaque = 0;
    return rc;
}

/* Xen: p2m_set_suppress_ve_multi. It goes on after an error and reports the first. */
long hvmop_set_suppress_ve_multi(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_suppress_ve_multi *args = &c->op.xen.u.suppress_ve_multi;
    uint64_t limit = UINT64_C(1) << c->d->config.gfn_bits;

    /* Xen clamps to the address width, altview to what a gfn can be: beyond it nothing is mapped.
     */
    if (args->last_gfn >= limit)
        args->last_gfn = limit - 1;
    if (args->pad1 || args->first_gfn > args->last_gfn)
        return -XEN_EINVAL;
    if (!view_get(c->d, args->view))
        return -XEN_EINVAL;

    for (unsigned int i = 0; args->first_gfn <= args->last_gfn; i++, args->first_gfn++) {
        if (i == HVMOP_BATCH)
            return -ALTP2M_ERESTART;
        int rc = altp2m_set_suppress_ve(c->d, args->view, args->first_gfn, args->suppress_ve);
        if (rc && !args->first_error) {
            args->first_error_gfn = args->first_gfn;
            args->first_error = rc;
        }
    }
    return 0;
}
