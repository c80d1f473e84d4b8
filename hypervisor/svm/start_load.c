/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a vCPU's start registers into its VMCB. */
#include "core/start.h"
#include "core/vcpu_view.h"
#include "svm/event.h"
#include "svm/step.h"
#include "svm/svm.h"

static void load_segment(struct vmcb_segment *to, const struct segment_state *from)
{
    *to = (struct vmcb_segment){
        .selector = from->selector,
        .attributes = vmcb_attributes(from->rights),
        .limit = from->limit,
        .base = from->base,
    };
}

static void load_segments(struct vmcb *vmcb, const struct guest_start *s)
{
    load_segment(&vmcb->es, &s->segments[ES]);
    load_segment(&vmcb->cs, &s->segments[CS]);
    load_segment(&vmcb->ss, &s->segments[SS]);
    load_segment(&vmcb->ds, &s->segments[DS]);
    load_segment(&vmcb->fs, &s->segments[FS]);
    load_segment(&vmcb->gs, &s->segments[GS]);
    load_segment(&vmcb->ldtr, &s->segments[LDTR]);
    load_segment(&vmcb->tr, &s->segments[TR]);
    vmcb->cpl = 0;
    vmcb->gdtr.base = s->gdt;
    vmcb->gdtr.limit = vmcb->idtr.limit = s->table_limit;
    vmcb->idtr.base = 0;
}

static void clear_the_rest(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vmcb->sysenter_cs = vmcb->sysenter_esp = vmcb->sysenter_eip = 0;
    vmcb->interrupt_shadow = 0;
    vmcb->event = 0;
    vmcb->dr6 = DR6_AT_RESET;
    vmcb->dr7 = DR7_AT_RESET;
    vmcb->intercepts[3] &= ~INTERCEPT_IRET;
    vcpu->svm.nmi_masked = vcpu->svm.nmi_returns = vcpu->svm.halted = false;
    vcpu->svm.window = vcpu->xen.window;
    event_load_window(vcpu);
}

void start_load(struct vcpu *vcpu, const struct guest_start *s)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    svm_step_abandon(vcpu);
    vcpu->registers = s->registers;
    vmcb->rip = s->rip;
    vmcb->rsp = s->rsp;
    vmcb->rflags = s->rflags;
    vmcb->cr0 = s->cr0;
    vmcb->cr3 = s->cr3;
    vmcb->cr4 = s->cr4;
    vendor_watch(vcpu);
    vmcb->efer = s->efer | EFER_SVME;
    load_segments(vmcb, s);
    clear_the_rest(vcpu);
    vcpu->moment++;
    vcpu->rewritten = RESTARTED;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}
