/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/violation.h"

#include "base/string.h"
#include "core/domain.h"
#include "core/step.h"
#include "core/watch.h"
#include "memory/pages.h"
#include "port/monitor.h"

/* Virtualization exceptions are Intel's: so is what the guest's handler reads, on any CPU. */
#define VE_REASON 48
#define VE_BUSY   0xffffffffU

/* Of GUEST_QUALIFICATION. */
#define QUALIFICATION_WANTS  ALTP2M_RWX /* bits 0 to 2: read, write, fetch */
#define QUALIFICATION_LINEAR (UINT64_C(1) << 7)
#define QUALIFICATION_FINAL  (UINT64_C(1) << 8) /* not the walk to the page, but the page */

/* A #PF's error code (SDM Vol. 3A 4.7). */
#define PF_PRESENT  (1U << 0)
#define PF_WRITE    (1U << 1)
#define PF_USER     (1U << 2)
#define PF_RESERVED (1U << 3)
#define PF_FETCH    (1U << 4)

struct violation {
    uint64_t qualification, physical;
    unsigned int wants;
    bool delivering; /* it hit the delivery of another event */
};

/* Virtualization-exception information area (SDM Vol. 3C 26.5.7.2). */
struct ve_information {
    uint32_t reason;
    uint32_t busy;
    uint64_t qualification;
    uint64_t linear, physical;
    uint16_t eptp_index;
};

static struct ve_information *ve_area(const struct vcpu *vcpu)
{
    return virt_of(vcpu->altp2m->notify_mfn << ALTP2M_PAGE_SHIFT);
}

/* The conditions under which a CPU delivers #VE (SDM Vol. 3C 26.5.7.1). */
static bool can_notify(const struct vcpu *vcpu, const struct violation *v)
{
    return !v->delivering && guest_get(vcpu, GUEST_CR0) & CR0_PE && !ve_area(vcpu)->busy;
}

static uint64_t linear_of(const struct vcpu *vcpu, const struct violation *v)
{
    return v->qualification & QUALIFICATION_LINEAR ? guest_get(vcpu, GUEST_LINEAR) : 0;
}

static void notify(struct vcpu *vcpu, const struct violation *v)
{
    *ve_area(vcpu) = (struct ve_information){
        .reason = VE_REASON,
        .busy = VE_BUSY,
        .qualification = v->qualification,
        .linear = linear_of(vcpu, v),
        .physical = v->physical,
        .eptp_index = vcpu->altp2m->view,
    };
    event_raise(vcpu, VECTOR_VE);
}

/* As Xen without a device model: reads see ones, writes vanish. */
static void touch_hole(struct vcpu *vcpu, const struct violation *v)
{
    const struct altp2m_mapping ones = {PAGE_OF(phys_of(vcpu->step_page)), ALTP2M_TYPE_SPECIAL,
                                        ALTP2M_MEMTYPE_WB};

    if (v->wants & ALTP2M_X) {
        event_raise(vcpu, VECTOR_UD);
        return;
    }
    memset(vcpu->step_page, 0xff, ALTP2M_PAGE_SIZE);
    step_begin(vcpu, PAGE_OF(v->physical), ones, ALTP2M_R | ALTP2M_W);
}

/* In the terms of control/, where the decision is made. */
static struct control_violation described(const struct vcpu *vcpu, const struct violation *v)
{
    bool linear = v->qualification & QUALIFICATION_LINEAR;
    unsigned int flags = 0;

    flags |= linear ? ALTVIEW_EVENT_GLA : 0;
    flags |= linear && !(v->qualification & QUALIFICATION_FINAL) ? ALTVIEW_EVENT_IN_WALK : 0;
    flags |= v->delivering ? ALTVIEW_EVENT_DELIVERING : 0;
    flags |= guest_is_user(vcpu) ? ALTVIEW_EVENT_USER : 0;
    return (struct control_violation){
        .physical = v->physical,
        .gla = linear_of(vcpu, v),
        .wants = v->wants,
        .flags = (uint16_t)flags,
    };
}

static enum altp2m_verdict decide(struct vcpu *vcpu, const struct violation *v)
{
    struct altp2m_domain *altp2m = &vcpu->domain->altp2m;
    uint64_t gfn = PAGE_OF(v->physical);
    enum altp2m_verdict verdict = altp2m_violation(altp2m, vcpu->altp2m, gfn, v->wants);

    if (verdict == ALTP2M_VERDICT_NOTIFY && !can_notify(vcpu, v)) {
        verdict = altp2m_unnotified(altp2m, vcpu->altp2m, gfn, v->wants);
    }
    /* Mostly no listener and no policy decides: a short way. */
    if ((verdict == ALTP2M_VERDICT_RESTRICTED || verdict == ALTP2M_VERDICT_CONVERTED) &&
        !monitor_cares(vcpu)) {
        return altp2m_unheard(altp2m, vcpu->altp2m, gfn);
    }
    return verdict;
}

static void carry_out(struct vcpu *vcpu, const struct violation *v, enum altp2m_verdict verdict)
{
    struct control_violation told;

    switch (verdict) {
    case ALTP2M_VERDICT_STEP:
    case ALTP2M_VERDICT_NOMEM: /* it can't be lifted for good */
        watch_step_over(vcpu, v->physical, v->wants);
        break;
    case ALTP2M_VERDICT_HOLE:
        touch_hole(vcpu, v);
        break;
    case ALTP2M_VERDICT_NOTIFY:
        notify(vcpu, v);
        break;
    case ALTP2M_VERDICT_CONVERTED:
        told = described(vcpu, v);
        monitor_converted(vcpu, &told);
        break;
    case ALTP2M_VERDICT_RESTRICTED:
        told = described(vcpu, v);
        monitor_restricted(vcpu, &told);
        break;
    case ALTP2M_VERDICT_STOP:
        monitor_stop(vcpu);
    default: /* RETRY */
        break;
    }
}

/*
 * 4-level EPT reaches 48 bits; a CPU may have up to 52. To the guest it has no more (cpuid.c):
 * there an entry of its tables with such an address has reserved bits set, which is a #PF (SDM Vol.
 * 3A 4.7).
 */
static bool is_beyond(const struct vcpu *vcpu, const struct violation *v)
{
    return PAGE_OF(v->physical) >> vcpu->domain->gfn_bits;
}

static void refuse_beyond(struct vcpu *vcpu, const struct violation *v)
{
    uint32_t code = PF_PRESENT | PF_RESERVED;

    code |= v->wants & ALTP2M_W ? PF_WRITE : 0;
    code |= v->wants & ALTP2M_X ? PF_FETCH : 0;
    code |= guest_is_user(vcpu) ? PF_USER : 0;
    event_page_fault(vcpu, guest_get(vcpu, GUEST_LINEAR), code);
}

void violation_handle(struct vcpu *vcpu)
{
    struct violation v = {.qualification = guest_get(vcpu, GUEST_QUALIFICATION),
                          .physical = guest_get(vcpu, GUEST_PHYSICAL)};

    v.wants = (unsigned int)v.qualification & QUALIFICATION_WANTS;
    blocking_forget_trap(vcpu);
    v.delivering = event_recover(vcpu, v.qualification);
    if (is_beyond(vcpu, &v)) {
        refuse_beyond(vcpu, &v);
    } else {
        carry_out(vcpu, &v, decide(vcpu, &v));
    }
    step_heed_event(vcpu);
}
