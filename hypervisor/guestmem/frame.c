/* SPDX-License-Identifier: BSD-2-Clause */
#include "guestmem/access.h"

#include "control/control.h"
#include "core/domain.h"
#include "memory/pages.h"

#include <xen/memory.h>

/*
 * An instruction's access that converts may have a listener: the guest itself, by #VE; for n2rwx
 * the monitor or a policy; or it ends the run (access_required). A hypercall sends no such event.
 */
static bool would_be_told(const struct vcpu *vcpu, const struct altp2m_translation *t)
{
    if (!t->suppress_ve && vcpu->altp2m->notify_gfn != ALTP2M_INVALID_GFN) {
        return true;
    }
    return t->access == XENMEM_access_n2rwx &&
           (vcpu->domain->altp2m.config.access_required ||
            control_decides(vcpu->domain->control, vcpu->altp2m->view));
}

/*
 * An access that the view restricts. Accesses that convert (rx2rw, n2rwx) do so for a hypercall as
 * for an instruction, if no listener would get an event. altview lifts no other access for a
 * hypercall.
 */
static bool converts(struct vcpu *vcpu, uint64_t gfn, const struct altp2m_translation *t,
                     unsigned int wants)
{
    enum altp2m_verdict verdict;

    if (t->access <= ALTP2M_RWX || would_be_told(vcpu, t)) {
        return false;
    }
    verdict = altp2m_violation(&vcpu->domain->altp2m, vcpu->altp2m, gfn, wants);
    return verdict == ALTP2M_VERDICT_RUN || verdict == ALTP2M_VERDICT_CONVERTED;
}

/* The rights of a stored access without a violation. */
static unsigned int rights_of(const struct altp2m_translation *t)
{
    return t->access <= ALTP2M_RWX ? t->access : t->rights;
}

static uint8_t *look_up(struct vcpu *vcpu, uint64_t gfn, unsigned int wants, bool may_convert)
{
    const struct altp2m_domain *altp2m = &vcpu->domain->altp2m;
    uint64_t address = gfn << ALTP2M_PAGE_SHIFT;
    struct altp2m_translation t;

    if (gfn >> vcpu->domain->gfn_bits) {
        return NULL;
    }
    t = altp2m_translate(altp2m, vcpu->altp2m->view, gfn);
    if (t.to.type != ALTP2M_TYPE_RAM && t.to.type != ALTP2M_TYPE_SPECIAL) {
        return NULL;
    }
    if (wants & ~rights_of(&t) && !(may_convert && converts(vcpu, gfn, &t, wants))) {
        return NULL;
    }
    /* Grant the rights of the hardware entry, and no more: the engine flushes only when these
     * shrink. */
    *guest_slot_of(vcpu, address) = (struct guest_frame_slot){
        .address = address,
        .stamp = vcpu->cache.stamp,
        .host = virt_of(t.to.mfn << ALTP2M_PAGE_SHIFT),
        .rights = t.rights,
    };
    return virt_of(t.to.mfn << ALTP2M_PAGE_SHIFT);
}

uint8_t *guest_frame_find(struct vcpu *vcpu, uint64_t gfn, unsigned int wants)
{
    return look_up(vcpu, gfn, wants, true);
}

uint8_t *guest_frame_reached(const struct vcpu *vcpu, uint64_t gfn, unsigned int wants)
{
    unsigned int rights;
    struct altp2m_mapping to = altp2m_reached(&vcpu->domain->altp2m, vcpu->eptp, gfn, &rights);
    bool is_ram = to.type == ALTP2M_TYPE_RAM || to.type == ALTP2M_TYPE_SPECIAL;

    return is_ram && !(wants & ~rights) ? virt_of(to.mfn << ALTP2M_PAGE_SHIFT) : NULL;
}

uint8_t *guest_frame_seen(struct vcpu *vcpu, uint64_t gfn, unsigned int wants)
{
    uint8_t *kept = guest_kept(vcpu, gfn << ALTP2M_PAGE_SHIFT, wants);

    return kept ? kept : look_up(vcpu, gfn, wants, false);
}
