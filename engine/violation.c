/* SPDX-License-Identifier: BSD-2-Clause */
/* The decision about an access that the hardware refused. */
#include "engine.h"

#include <xen/memory.h>

static int give(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn, unsigned int access)
{
    if (!gfn_in_range(d, gfn))
        return -XEN_ESRCH;

    struct path p;
    path_walk(d, v, gfn, &p);
    uint64_t leaf = path_leaf(d, v, &p);

    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return -XEN_ESRCH;
    return override_change(d, v, &p, leaf, access, leaf & ENTRY_SET_SVE);
}

int altp2m_lift(struct altp2m_domain *d, unsigned int view, uint64_t gfn)
{
    struct altp2m_view *v = view_get(d, view);

    return v ? give(d, v, gfn, XENMEM_access_rwx) : -XEN_ESRCH;
}

enum altp2m_verdict altp2m_unheard(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                   uint64_t gfn)
{
    struct altp2m_view *v = &d->views[vcpu->view];

    if (d->config.access_required && entry_type(view_leaf(d, v, gfn)) != ALTP2M_TYPE_NONE)
        return ALTP2M_VERDICT_STOP;

    int rc = give(d, v, gfn, XENMEM_access_rwx);
    if (rc)
        return rc == -XEN_ESRCH ? ALTP2M_VERDICT_HOLE : ALTP2M_VERDICT_NOMEM;
    return ALTP2M_VERDICT_RUN;
}

/* Xen: p2m_mem_access_check. The conversions come first, also if a listener is required. */
static enum altp2m_verdict convert(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn,
                                   uint64_t leaf, unsigned int wants)
{
    unsigned int access = leaf_access(v, leaf);

    if (entry_type(leaf) == ALTP2M_TYPE_NONE)
        return ALTP2M_VERDICT_HOLE;
    if (access == XENMEM_access_rx2rw && (wants & ALTP2M_W))
        return give(d, v, gfn, XENMEM_access_rw) ? ALTP2M_VERDICT_NOMEM : ALTP2M_VERDICT_RUN;
    if (access == XENMEM_access_n2rwx && !give(d, v, gfn, XENMEM_access_rwx))
        return ALTP2M_VERDICT_CONVERTED;
    return ALTP2M_VERDICT_RESTRICTED;
}

enum altp2m_verdict altp2m_unnotified(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                      uint64_t gfn, unsigned int wants)
{
    struct altp2m_view *v = &d->views[vcpu->view];

    return convert(d, v, gfn, view_leaf(d, v, gfn), wants);
}

/* Must altview raise #VE, because the CPU could not or was told not to? */
static bool notify_in_software(const struct altp2m_domain *d, const struct altp2m_view *v,
                               const struct altp2m_vcpu *vcpu, uint64_t leaf)
{
    bool narrowed = entry_rights(d, leaf) != access_allows(leaf_access(v, leaf));

    return !(leaf & ENTRY_SET_SVE) && vcpu->notify_gfn != ALTP2M_INVALID_GFN &&
           (!d->config.has_ve || (narrowed && entry_type(leaf) != ALTP2M_TYPE_NONE));
}

static enum altp2m_verdict decide(struct altp2m_domain *d, struct altp2m_view *v,
                                  const struct altp2m_vcpu *vcpu, uint64_t gfn, unsigned int wants)
{
    uint64_t leaf = view_leaf(d, v, gfn);
    bool mapped = entry_type(leaf) != ALTP2M_TYPE_NONE;

    if (mapped && !(wants & ~entry_rights(d, leaf)))
        return ALTP2M_VERDICT_RUN;
    if (mapped && !(wants & ~access_allows(leaf_access(v, leaf))))
        return ALTP2M_VERDICT_STEP;
    if (notify_in_software(d, v, vcpu, leaf))
        return ALTP2M_VERDICT_NOTIFY;
    return convert(d, v, gfn, leaf, wants);
}

enum altp2m_verdict altp2m_violation(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                     uint64_t gfn, unsigned int wants)
{
    struct altp2m_view *v = &d->views[vcpu->view];
    enum altp2m_verdict verdict = decide(d, v, vcpu, gfn, wants);

    v->violations += verdict != ALTP2M_VERDICT_RUN && verdict != ALTP2M_VERDICT_STEP &&
                     verdict != ALTP2M_VERDICT_HOLE;
    return verdict;
}
