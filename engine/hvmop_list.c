/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on many gfns: bounded work, then -ERESTART with the progress saved. */
#include "hvmop.h"

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

long hvmop_altp2m_set_mem_access_multi(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_set_mem_access_multi *args = &c->op.xen.u.set_mem_access_multi;
    uint64_t gfns, accesses;

    if (args->pad || args->opaque > args->nr)
        return -XEN_EINVAL;
    list_handles(c, &gfns, &accesses);
    long rc = altp2m_set_access_list(c->d, c->caller, args->view, gfns, accesses, args->nr,
                                     &args->opaque);
    /* Done: reset the structure, so that the caller can use it again. */
    if (!rc)
        args->opaque = 0;
    return rc;
}

/* The first gfn that gets another answer than this one. Beyond the CPU's width all get the same
 * answer, on either side of Xen's width (gfn_beyond). */
static uint64_t next_gfn(const struct altp2m_domain *d, uint64_t gfn, uint64_t last)
{
    uint64_t width = UINT64_C(1) << GFN_BITS_MAX;

    if (gfn_in_range(d, gfn))
        return gfn + 1;
    return gfn < width && width <= last ? width : last + 1;
}

/* Xen: p2m_set_suppress_ve_multi. It goes on after an error and reports the first. */
long hvmop_altp2m_set_suppress_ve_multi(struct hvmop_call *c)
{
    struct xen_hvm_altp2m_suppress_ve_multi *args = &c->op.xen.u.suppress_ve_multi;
    uint64_t limit = UINT64_C(1) << (c->d->config.gfn_bits + ALTP2M_PAGE_SHIFT);

    if (args->last_gfn >= limit) /* in bytes, as in Xen: do_altp2m_op */
        args->last_gfn = limit - 1;
    if (args->pad1 || args->first_gfn > args->last_gfn)
        return -XEN_EINVAL;
    if (!view_get(c->d, args->view))
        return -XEN_EINVAL;

    for (unsigned int i = 0; args->first_gfn <= args->last_gfn; i++) {
        if (i == HVMOP_BATCH_SLOW)
            return -ALTP2M_ERESTART;
        int rc = altp2m_set_suppress_ve(c->d, args->view, args->first_gfn, args->suppress_ve);
        if (rc && !args->first_error) {
            args->first_error_gfn = args->first_gfn;
            args->first_error = rc;
        }
        args->first_gfn = next_gfn(c->d, args->first_gfn, args->last_gfn);
    }
    return 0;
}
