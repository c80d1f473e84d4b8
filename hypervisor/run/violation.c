/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/exit.h"

#include "base/string.h"
#include "core/domain.h"
#include "core/step.h"
#include "memory/pages.h"
#include "port/monitor.h"
#include "run/watch.h"

/* #VE is Intel's, so the guest's handler reads Intel's structure, on any CPU. */
#define VE_REASON 48
#define VE_BUSY   0xffffffffU

/* Of GUEST_QUALIFICATION. */
#define QUALIFICATION_WANTS   ALTP2M_RWX /* bits 0 to 2: read, write, fetch */
#define QUALIFICATION_GRANTED 3          /* the same from bit 3 on */
#define QUALIFICATION_LINEAR  (UINT64_C(1) << 7)

/* A #PF's error code (SDM Vol. 3A 4.7). */
#define PF_PRESENT  (1U << 0)
#define PF_WRITE    (1U << 1)
#define PF_USER     (1U << 2)
#define PF_RESERVED (1U << 3)
#define PF_FETCH    (1U << 4)

struct violation {
    struct control_access access; /* in the terms of control/, which decides */
    struct vcpu *vcpu;
    uint64_t qualification, physical;
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
static bool can_notify(const struct control_access *access)
{
    const struct violation *v = (const struct violation *)access;

    return !v->delivering && guest_get(v->vcpu, GUEST_CR0) & CR0_PE && !ve_area(v->vcpu)->busy;
}

static uint64_t linear_of(const struct violation *v)
{
    return v->qualification & QUALIFICATION_LINEAR ? guest_get(v->vcpu, GUEST_LINEAR) : 0;
}

/* The rights that the entry grants. Not every CPU reports them. */
static uint64_t granted(const struct violation *v)
{
    const struct vcpu *vcpu = v->vcpu;

    return altp2m_translate(&vcpu->domain->altp2m, vcpu->altp2m->view, PAGE_OF(v->physical)).rights;
}

static void notify(const struct violation *v)
{
    *ve_area(v->vcpu) = (struct ve_information){
        .reason = VE_REASON,
        .busy = VE_BUSY,
        .qualification = v->qualification | granted(v) << QUALIFICATION_GRANTED,
        .linear = linear_of(v),
        .physical = v->physical,
        .eptp_index = v->vcpu->altp2m->view,
    };
    event_raise(v->vcpu, VECTOR_VE);
}

/* As Xen without a device model: reads see ones, writes vanish. */
static void touch_hole(const struct violation *v)
{
    struct vcpu *vcpu = v->vcpu;
    const struct altp2m_mapping ones = {PAGE_OF(phys_of(vcpu->step_page)), ALTP2M_TYPE_SPECIAL,
                                        ALTP2M_MEMTYPE_WB};

    if (v->access.wants & ALTP2M_X) {
        event_raise(vcpu, VECTOR_UD);
        return;
    }
    memset(vcpu->step_page, 0xff, ALTP2M_PAGE_SIZE);
    step_begin(vcpu, v->access.gfn, ones, ALTP2M_R | ALTP2M_W);
}

/* The error code distinguishes fetches from reads if the guest can forbid fetches (SDM Vol. 3A
 * 4.7). */
static bool tells_fetches(const struct vcpu *vcpu)
{
    uint64_t cr4 = guest_cr4(vcpu);

    return cr4 & CR4_SMEP || (cr4 & CR4_PAE && guest_get(vcpu, GUEST_EFER) & EFER_NXE);
}

static struct control_violation describe(const struct control_access *access)
{
    const struct violation *v = (const struct violation *)access;
    bool linear = v->qualification & QUALIFICATION_LINEAR;
    unsigned int flags = 0;

    flags |= linear ? ALTVIEW_EVENT_GLA : 0;
    flags |= guest_is_in_walk(v->vcpu) ? ALTVIEW_EVENT_IN_WALK : 0;
    flags |= v->delivering ? ALTVIEW_EVENT_DELIVERING : 0;
    flags |= guest_is_user(v->vcpu) ? ALTVIEW_EVENT_USER : 0;
    return (struct control_violation){
        .physical = v->physical,
        .gla = linear_of(v),
        .wants = access->wants,
        .flags = (uint16_t)flags,
        .tells_fetches = tells_fetches(v->vcpu),
    };
}

static void carry_out(const struct violation *v, const struct control_verdict *verdict)
{
    switch (verdict->action) {
    case ALTP2M_VERDICT_STEP:
    case ALTP2M_VERDICT_NOMEM: /* it can't be lifted for good */
        watch_step_over(v->vcpu, v->physical, v->access.wants);
        break;
    case ALTP2M_VERDICT_HOLE:
        touch_hole(v);
        break;
    case ALTP2M_VERDICT_NOTIFY:
        notify(v);
        break;
    default:
        monitor_carry_out(v->vcpu, verdict);
    }
}

/*
 * 4-level EPT reaches 48 bits; a CPU may have up to 52. The guest sees 48 (cpuid.c). So an entry of
 * its tables with such an address has reserved bits set, which is a #PF (SDM Vol. 3A 4.7).
 */
static bool is_beyond(const struct violation *v)
{
    return v->access.gfn >> v->vcpu->domain->gfn_bits;
}

/* If the CPU does not report the linear address, CR2 is 0. */
static void refuse_beyond(const struct violation *v)
{
    uint32_t code = PF_PRESENT | PF_RESERVED;

    code |= v->access.wants & ALTP2M_W ? PF_WRITE : 0;
    code |= v->access.wants & ALTP2M_X && tells_fetches(v->vcpu) ? PF_FETCH : 0;
    code |= guest_is_user(v->vcpu) ? PF_USER : 0;
    event_page_fault(v->vcpu, guest_get(v->vcpu, GUEST_LINEAR), code);
}

static void decide(const struct violation *v)
{
    struct vcpu *vcpu = v->vcpu;
    struct control_verdict verdict =
        control_violation(vcpu->domain->control, vcpu->altp2m, &v->access);

    if (verdict.action == ALTP2M_VERDICT_RUN) {
        return; /* mostly */
    }
    verdict = monitor_settle(vcpu, verdict);
    if (verdict.action == ALTP2M_VERDICT_STEP_IN && vcpu->step.hops == STEP_MAX_HOPS) {
        verdict.action = ALTP2M_VERDICT_STEP;
    }
    carry_out(v, &verdict);
}

void violation_handle(struct vcpu *vcpu)
{
    struct violation v; /* each member is set, one by one: that is shorter than an initializer */

    v.qualification = guest_get(vcpu, GUEST_QUALIFICATION);
    v.physical = guest_get(vcpu, GUEST_PHYSICAL);
    v.vcpu = vcpu;
    v.access.gfn = PAGE_OF(v.physical);
    v.access.wants = (unsigned int)v.qualification & QUALIFICATION_WANTS;
    v.access.can_notify = can_notify;
    v.access.describe = describe;
    blocking_forget_trap(vcpu);
    v.delivering = event_recover(vcpu, v.qualification);
    if (is_beyond(&v)) {
        refuse_beyond(&v);
    } else {
        decide(&v);
    }
    step_heed_event(vcpu);
}
