/* SPDX-License-Identifier: BSD-2-Clause */
/* A VMCB's initial content. */
#include "base/string.h"
#include "control/control.h"
#include "core/control_registers.h"
#include "svm/svm.h"
#include "x86/tables.h"

static const uint32_t intercepts[] = {
    [2] = EXCEPTIONS_EXITING,
    [3] = INTERCEPT_NMI | INTERCEPT_SMI | INTERCEPT_CPUID | INTERCEPT_RSM | INTERCEPT_INVD |
          INTERCEPT_HLT | INTERCEPT_INVLPGA | INTERCEPT_IO | INTERCEPT_MSR | INTERCEPT_TASK_SWITCH |
          INTERCEPT_SHUTDOWN,
    [4] = INTERCEPT_VMRUN | INTERCEPT_VMMCALL | INTERCEPT_VMLOAD | INTERCEPT_VMSAVE |
          INTERCEPT_STGI | INTERCEPT_CLGI | INTERCEPT_SKINIT | INTERCEPT_XSETBV,
};

/* The intercept of MOV to a register that a monitor watches. */
static uint32_t wanted(const struct vcpu *vcpu, enum altview_event_type type, unsigned int number)
{
    return register_watched(vcpu, type) ? INTERCEPT_CR_WRITE(number) : 0;
}

void svm_watch_control_registers(struct vcpu *vcpu, bool on)
{
    uint32_t *words = vcpu->svm.vmcb->intercepts;

    words[0] = on ? INTERCEPT_CR_WRITE(4) | wanted(vcpu, ALTVIEW_EVENT_CR0, 0) |
                        wanted(vcpu, ALTVIEW_EVENT_CR3, 3)
                  : 0;
    words[3] = on ? words[3] | INTERCEPT_CR0_BITS : words[3] & ~INTERCEPT_CR0_BITS;
}

/* QEMU 7.2 takes INT3 for INT n, and a monitor is to hear of it: in external mode all the time,
 * since a killed monitor's INT3 may wait there to be undone. */
static void watch_int3(struct vcpu *vcpu)
{
    const struct domain *domain = vcpu->domain;
    struct svm_vcpu *svm = &vcpu->svm;

    svm->watches_int = svm->tcg && (domain->boot->options.mode == ALTP2M_MODE_EXTERNAL ||
                                    control_cares(domain->control, ALTVIEW_EVENT_BREAKPOINT));
    if (!svm->step.on) { /* else the end of the step sets it */
        svm->vmcb->intercepts[3] &= ~INTERCEPT_INT;
        svm->vmcb->intercepts[3] |= svm->watches_int ? INTERCEPT_INT : 0;
    }
}

void vendor_watch(struct vcpu *vcpu)
{
    watch_int3(vcpu);
    if (!vcpu->svm.tried.on) {
        svm_watch_control_registers(vcpu, true);
    }
}

static void control(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    memcpy(vmcb->intercepts, intercepts, sizeof(intercepts));
    svm_watch_control_registers(vcpu, true);
    vmcb->io_map = vcpu->domain->io_bitmaps[0];
    vmcb->msr_map = vcpu->domain->msr_bitmap;
    vmcb->nested_control = NESTED_PAGING;
    vmcb->asid = vcpu->svm.asids.current;
    vmcb->tlb_control = TLB_FLUSH_ALL;
    vmcb->pat = rdmsr(MSR_IA32_PAT);
}

/* The small guest that waits (settle.c): altview's code, in 64-bit mode, with altview's page
 * tables. */
static void build_idle(struct vmcb *idle)
{
    idle->intercepts[3] =
        INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_SMI | INTERCEPT_PAUSE | INTERCEPT_SHUTDOWN;
    idle->intercepts[4] = INTERCEPT_VMRUN;
    idle->asid = ASID_IDLE;
    idle->cs = (struct vmcb_segment){SELECTOR_CODE, vmcb_attributes(RIGHTS_LONG_CODE), ~0U, 0};
    idle->ss = (struct vmcb_segment){SELECTOR_DATA, vmcb_attributes(RIGHTS_FLAT_DATA), ~0U, 0};
    idle->efer = rdmsr(MSR_IA32_EFER);
    idle->cr0 = read_cr0();
    idle->cr3 = read_cr3();
    idle->cr4 = read_cr4();
    idle->pat = rdmsr(MSR_IA32_PAT);
    idle->dr6 = DR6_AT_RESET;
    idle->dr7 = DR7_AT_RESET;
}

void vendor_build(struct vcpu *vcpu)
{
    control(vcpu);
    build_idle(vcpu->svm.idle);
    vmsave(vcpu->svm.host_page);
    vcpu->tables->vcpu = vcpu; /* now NMIs find their vCPU */
}
