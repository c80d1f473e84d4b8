/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/state.h: fields of the VMCB, and replacements for missing ones. */
#ifndef VENDOR_STATE_H
#define VENDOR_STATE_H

#include "base/log.h"
#include "svm/fetch.h"
#include "x86/x86.h"

/* Bit 7: there is a linear address; bit 8: it is of the access, not of a walk. */
#define QUALIFICATION_OF_LINEAR UINT64_C(0x180)

/* A nested page fault in VT-x's form (SDM Vol. 3C table 28-7): bits 2:0 the access; bits 7 and 8,
 * for a fetch. A walk counts as a write (APM Vol. 2 15.25.6), but it needs the right to read
 * first. */
static inline uint64_t svm_qualification(const struct vmcb *vmcb)
{
    uint64_t info = vmcb->exit_info1, linear;

    if (info & NPF_WALK) {
        return info & NPF_PRESENT ? ALTP2M_W : ALTP2M_R;
    }
    if (info & NPF_FETCH) {
        return ALTP2M_X | (vmcb_fetch_address(vmcb, &linear) ? QUALIFICATION_OF_LINEAR : 0);
    }
    return info & NPF_WRITE ? ALTP2M_W : ALTP2M_R;
}

/* 0: not known. */
static inline uint64_t svm_linear(const struct vmcb *vmcb)
{
    uint64_t linear;

    return svm_qualification(vmcb) & QUALIFICATION_OF_LINEAR && vmcb_fetch_address(vmcb, &linear)
               ? linear
               : 0;
}

static inline bool guest_is_in_walk(const struct vcpu *vcpu)
{
    return vcpu->svm.vmcb->exit_info1 & NPF_WALK;
}

static inline uint64_t guest_get(const struct vcpu *vcpu, enum guest_state state)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    switch (state) {
    case GUEST_CR0:
        return vmcb->cr0;
    case GUEST_CR3:
        return vmcb->cr3;
    case GUEST_CR4:
        return vmcb->cr4;
    case GUEST_EFER: /* the guest has no SVM */
        return (vmcb->efer | (vcpu->svm.step.on ? vcpu->svm.step.sce : 0)) & ~EFER_SVME;
    case GUEST_PAT:
        return vmcb->pat;
    case GUEST_DR7:
        return vmcb->dr7;
    case GUEST_RIP:
        return vmcb->rip;
    case GUEST_RSP:
        return vmcb->rsp;
    case GUEST_RFLAGS: /* TF may be a step's */
        return vcpu->svm.step.on ? (vmcb->rflags & ~RFLAGS_TF) | vcpu->svm.step.flag : vmcb->rflags;
    case GUEST_CS_BASE:
        return vmcb->cs.base;
    case GUEST_CS_RIGHTS:
        return vmcb_rights(vmcb->cs.attributes);
    case GUEST_SS_RIGHTS: /* the CPL has a field of its own */
        return (vmcb_rights(vmcb->ss.attributes) & ~RIGHTS_DPL) | vmcb->cpl * (RIGHTS_DPL / 3);
    case GUEST_GDTR_BASE:
        return vmcb->gdtr.base;
    case GUEST_GDTR_LIMIT:
        return vmcb->gdtr.limit;
    case GUEST_IDTR_BASE:
        return vmcb->idtr.base;
    case GUEST_IDTR_LIMIT:
        return vmcb->idtr.limit;
    case GUEST_SYSENTER_CS:
        return vmcb->sysenter_cs;
    case GUEST_SYSENTER_ESP:
        return vmcb->sysenter_esp;
    case GUEST_SYSENTER_EIP:
        return vmcb->sysenter_eip;
    case GUEST_PHYSICAL:
        return vmcb->exit_info2;
    case GUEST_QUALIFICATION:
        return svm_qualification(vmcb);
    default: /* GUEST_LINEAR */
        return svm_linear(vmcb);
    }
}

/* Bits that altview sets. All others are the guest's. */
static inline void guest_set(struct vcpu *vcpu, enum guest_state state, uint64_t value)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    switch (state) {
    case GUEST_RIP:
        vmcb->rip = value;
        break;
    case GUEST_RSP:
        vmcb->rsp = value;
        break;
    case GUEST_RFLAGS:
        vmcb->rflags = value | (vcpu->svm.step.on ? RFLAGS_TF : 0);
        vcpu->svm.step.flag = value & RFLAGS_TF;
        break;
    default:
        panic("guest_set: state %u is never set", state);
    }
}

static inline uint64_t guest_cr0(const struct vcpu *vcpu)
{
    return vcpu->svm.vmcb->cr0;
}

static inline uint64_t guest_cr4(const struct vcpu *vcpu)
{
    return vcpu->svm.vmcb->cr4;
}

/* The CPU reads PAE's top level from memory as it walks (APM Vol. 2 15.25.10). */
uint64_t guest_pdpte(const struct vcpu *vcpu, unsigned int n);

/* CR2 and the MSRs that VMSAVE takes. */
static inline struct guest_switched guest_switched(const struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return (struct guest_switched){
        .cr2 = vmcb->cr2,
        .dr6 = vmcb->dr6,
        .star = vmcb->star,
        .lstar = vmcb->lstar,
        .cstar = vmcb->cstar,
        .syscall_mask = vmcb->syscall_mask | (vcpu->svm.step.on ? vcpu->svm.step.masked : 0),
        .kernel_gs_base = vmcb->kernel_gs_base,
    };
}

/* Bochs 2.7 does not take it from the VMCB. */
static inline void guest_set_cr2(struct vcpu *vcpu, uint64_t value)
{
    vcpu->svm.vmcb->cr2 = value;
    write_cr2(value);
}

static inline struct segment_state guest_segment(const struct vcpu *vcpu, enum segment segment)
{
    static const uint16_t offsets[SEGMENTS] = {
        [ES] = offsetof(struct vmcb, es),     [CS] = offsetof(struct vmcb, cs),
        [SS] = offsetof(struct vmcb, ss),     [DS] = offsetof(struct vmcb, ds),
        [FS] = offsetof(struct vmcb, fs),     [GS] = offsetof(struct vmcb, gs),
        [LDTR] = offsetof(struct vmcb, ldtr), [TR] = offsetof(struct vmcb, tr),
    };
    const struct vmcb_segment *from =
        (const void *)((const uint8_t *)vcpu->svm.vmcb + offsets[segment]);

    return (struct segment_state){
        .base = from->base,
        .limit = from->limit,
        .rights = vmcb_rights(from->attributes),
        .selector = from->selector,
    };
}

static inline void guest_halt(struct vcpu *vcpu)
{
    vcpu->svm.halted = true;
    vcpu->svm.busy = true;
}

static inline void guest_wake(struct vcpu *vcpu)
{
    vcpu->svm.halted = false;
}

static inline bool guest_is_halted(const struct vcpu *vcpu)
{
    return vcpu->svm.halted;
}

#endif
