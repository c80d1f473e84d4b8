/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do about an access that the hardware refused. */
#include "engine.h"

#include <xen/memory.h>

static enum altp2m_verdict give(struct altp2m_domain *d, struct altp2m_view *v, uint64_t gfn,
                                unsigned int access, bool suppress)
{
    struct path p = path_walk(d, v, gfn);

    int rc = override_change(d, v, &p, path_leaf(d, v, &p), access, suppress);

    return rc ? ALTP2M_VERDICT_NOMEM : ALTP2M_VERDICT_RETRY;
}

/* Xen: p2m_mem_access_check. The conversions come first, whether or not a listener is required. */
enum altp2m_verdict altp2m_unheard(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                   uint64_t gfn, unsigned int wants)
{
    struct altp2m_translation t = altp2m_translate(d, vcpu->view, gfn);
    struct altp2m_view *v = &d->views[vcpu->view];

    if (t.access == XENMEM_access_rx2rw && (wants & ALTP2M_W))
        return give(d, v, gfn, XENMEM_access_rw, t.suppress_ve);

    enum altp2m_verdict verdict = ALTP2M_VERDICT_STOP;
    if (t.access == XENMEM_access_n2rwx || !d->config.access_required)
        verdict = give(d, v, gfn, XENMEM_access_rwx, t.suppress_ve);
    return d->config.access_required ? ALTP2M_VERDICT_STOP : verdict;
}

/* Must we tell the guest, because the CPU could not or was not asked to? */
static bool notify_in_software(const struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                               const struct altp2m_translation *t)
{
    bool narrowed = t->rights != access_allows(t->access);

    return !t->suppress_ve && vcpu->notify_gfn != ALTP2M_INVALID_GFN &&
           (!d->config.has_ve || (narrowed && t->to.type != ALTP2M_TYPE_NONE));
}

enum altp2m_verdict altp2m_violation(struct altp2m_domain *d, const struct altp2m_vcpu *vcpu,
                                     uint64_t gfn, unsigned int wants)
{
    struct altp2m_translation t = altp2m_translate(d, vcpu->view, gfn);
    bool mapped = t.to.type != ALTP2M_TYPE_NONE;

    if (mapped && !(wants & ~t.rights))
        return ALTP2M_VERDICT_RETRY;
    if (mapped && !(wants & ~access_allows(t.access)))
        return ALTP2M_VERDICT_STEP;
    if (notify_in_software(d, vcpu, &t))
        return ALTP2M_VERDICT_NOTIFY;
    return mapped ? altp2m_unheard(d, vcpu, gfn, wants) : ALTP2M_VERDICT_HOLE;
}
