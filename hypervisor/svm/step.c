/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/step.h"

#include "core/domain.h"
#include "debug/window.h"
#include "guestmem/access.h"
#include "svm/event.h"
#include "svm/svm.h"

/* The trap after SYSCALL would be lost with TF, which SFMASK mostly clears. This is done for every
 * instruction: one that loads SS includes the next in its step, and another CPU may change the
 * code. */
static void set_syscall_mask(struct vcpu *vcpu, bool ours)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    struct svm_step *step = &vcpu->svm.step;

    if (ours) {
        step->masked = vmcb->syscall_mask & RFLAGS_TF;
        vmcb->syscall_mask &= ~RFLAGS_TF;
    } else {
        vmcb->syscall_mask |= step->masked;
    }
}

/* The trap after SYSRET depends on the flags that it has loaded: as if the SYSCALL had just been
 * completed. So TF must be among them. */
static void lend_r11(struct vcpu *vcpu)
{
    struct svm_step *step = &vcpu->svm.step;

    if (step->flags == FLAGS_FROM_R11) {
        step->r11 = vcpu->registers.r11 & RFLAGS_TF;
        vcpu->registers.r11 |= RFLAGS_TF;
    }
}

static void restore_r11(struct vcpu *vcpu)
{
    struct svm_step *step = &vcpu->svm.step;

    if (step->flags == FLAGS_FROM_R11) {
        vcpu->registers.r11 = (vcpu->registers.r11 & ~RFLAGS_TF) | step->r11;
    }
}

/* If another instruction than the decoded one uses the flag, it makes the vCPU exit: one in the
 * same step, or one that another CPU has just written. SYSCALL and SYSRET have no intercept, but
 * are #UD without EFER.SCE. */
static void keep_flag_from_others(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    struct svm_step *step = &vcpu->svm.step;
    uint32_t others = SVM_STEP_USES & ~step->uses;

    step->sce = others & SVM_STEP_USES_SCE ? vmcb->efer & EFER_SCE : 0;
    vmcb->efer &= ~step->sce;
    vmcb->intercepts[3] |= INTERCEPT_INT | (others & ~SVM_STEP_USES_SCE);
    vmcb->intercepts[4] |= INTERCEPT_ICEBP;
}

static void restore_intercepts(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vmcb->intercepts[2] = EXCEPTIONS_EXITING;
    vmcb->intercepts[3] &= ~(INTERCEPT_INT | (SVM_STEP_USES & ~SVM_STEP_USES_SCE));
    vmcb->intercepts[3] |= vcpu->svm.watches_int ? INTERCEPT_INT : 0;
    vmcb->intercepts[3] |= event_awaits_iret(vcpu) ? INTERCEPT_IRET : 0;
    vmcb->intercepts[4] &= ~INTERCEPT_ICEBP;
    vmcb->efer |= vcpu->svm.step.sce;
}

/* With virtual masking, root mode's IF masks interrupts, which is off. The task priority is then
 * the VMCB's. */
static void keep_interrupts_out(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vcpu->svm.step.alone = true;
    vmcb->virtual_interrupt = VIRTUAL_MASKING | read_cr8();
    event_load_window(vcpu);
}

static void let_interrupts_in(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (vcpu->svm.step.alone) {
        vcpu->svm.step.alone = false;
        write_cr8(vmcb->virtual_interrupt & VIRTUAL_TPR);
        vmcb->virtual_interrupt = 0;
    }
    event_load_window(vcpu);
}

static void begin(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    struct svm_step *step = &vcpu->svm.step;

    *step = (struct svm_step){
        .on = true,
        .ended = step->ended,
        .traps = step->traps,
        .flag = vmcb->rflags & RFLAGS_TF,
        .dr6 = vmcb->dr6,
        .shadow = event_loses_shadow(vcpu),
        .rip = vmcb->rip,
        .rsp = vmcb->rsp,
    };
    svm_step_decode(vcpu, step);
    vcpu->svm.unsettled = true;
    vmcb->rflags |= RFLAGS_TF;
    vmcb->intercepts[2] = INTERCEPT_EXCEPTIONS;
    keep_flag_from_others(vcpu);
    event_load_window(vcpu);
    set_syscall_mask(vcpu, true);
    lend_r11(vcpu);
}

/* The address of the stack's top. */
static uint64_t stack_top(const struct vmcb *vmcb)
{
    uint64_t rsp = vmcb->ss.attributes & ATTRIBUTES_BIG ? (uint32_t)vmcb->rsp : (uint16_t)vmcb->rsp;

    return vmcb_runs_64_bits(vmcb) ? vmcb->rsp : (uint32_t)(vmcb->ss.base + rsp);
}

/* The instruction has pushed, so the word there is the one that it has written. */
static bool has_pushed(const struct vmcb *vmcb, const struct svm_step *step)
{
    uint64_t by = step->rsp - vmcb->rsp;

    return by == 2 || by == 4 || by == 8;
}

/* The flags that PUSHF has left on the guest's stack. TF is in the second byte, and other vCPUs may
 * write the byte meanwhile. */
static void clear_pushed(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t at = stack_top(vmcb) + 1;
    uint8_t *byte;

    vcpu->moment++;
    byte = guest_byte_written(vcpu, vmcb_runs_64_bits(vmcb) ? at : (uint32_t)at);
    if (byte) {
        __atomic_and_fetch(byte, (uint8_t) ~(RFLAGS_TF >> 8), __ATOMIC_RELAXED);
    }
}

/* The vCPU has executed the instruction: correct its use of altview's flag. */
static void put_right(struct vcpu *vcpu)
{
    struct svm_step *step = &vcpu->svm.step;

    if (step->flags == FLAGS_PUSHED && !step->flag && has_pushed(vcpu->svm.vmcb, step)) {
        clear_pushed(vcpu);
    } else if (step->flags == FLAGS_TO_R11) {
        vcpu->registers.r11 = (vcpu->registers.r11 & ~RFLAGS_TF) | step->flag;
        step->flag &= step->masked ? 0 : RFLAGS_TF;
    } else if (step->flags == FLAGS_FROM_R11) {
        step->flag = step->r11;
    }
}

/* The exit is the trap of a step, and not a breakpoint's. Bochs 2.7 does not change DR6. */
static bool is_trap(const struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t met = vmcb->dr6 & (DR6_MET | DR6_ACCESS) & ~vcpu->svm.step.dr6;

    return vmcb->exit_code == SVM_EXIT_EXCEPTION(VECTOR_DB) && (vmcb->dr6 & DR6_STEP || !met);
}

/* Undo a step's changes to the guest's controls, except TF. */
static void restore(struct vcpu *vcpu)
{
    vcpu->svm.step.on = false;
    restore_intercepts(vcpu);
    let_interrupts_in(vcpu);
    set_syscall_mask(vcpu, false);
    restore_r11(vcpu);
}

static void restore_flag(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vmcb->rflags = (vmcb->rflags & ~RFLAGS_TF) | vcpu->svm.step.flag;
}

/* The breakpoints that DR7 enables, as DR6 has them. */
static uint64_t enabled_breakpoints(uint64_t dr7)
{
    uint64_t bits = 0;

    for (unsigned int i = 0; i < 4; i++) {
        bits |= (dr7 >> 2 * i & 3 ? UINT64_C(1) : 0) << i;
    }
    return bits;
}

/* After a step DR6 may also have breakpoints that are not enabled (SDM Vol. 3B 18.2.3). */
static uint64_t newly_met(const struct vcpu *vcpu)
{
    return vcpu->svm.vmcb->dr6 & DR6_MET & ~vcpu->svm.step.dr6;
}

/* The trap is the guest's as well: from its own TF, or from a breakpoint. */
static bool is_guests_trap(const struct vcpu *vcpu)
{
    return vcpu->svm.step.flag || newly_met(vcpu) & enabled_breakpoints(vcpu->svm.vmcb->dr7);
}

/* What the guest would have there without the step. */
static void restore_dr6(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    const struct svm_step *step = &vcpu->svm.step;

    vmcb->dr6 &= ~(DR6_STEP | (step->traps ? 0 : newly_met(vcpu)));
    vmcb->dr6 |= step->flag ? DR6_STEP : step->dr6 & DR6_STEP;
}

/* The interrupt shadow: Bochs 2.7 has lost that of STI at the trap, which QEMU 7.2 raises later.
 * QEMU has not loaded it for the step, and saves none if the instruction is not executed. */
static void restore_shadow(struct vcpu *vcpu, bool ended, bool executed)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    const struct svm_step *step = &vcpu->svm.step;
    bool opened = !vcpu->svm.tcg && step->opened && vmcb->rip == step->opened;

    if ((ended && opened) || (!executed && step->shadow)) {
        vmcb->interrupt_shadow |= SHADOW;
    }
}

static bool is_interrupt_instruction(const struct vmcb *vmcb)
{
    return vmcb->exit_code == SVM_EXIT_INT || vmcb->exit_code == SVM_EXIT_ICEBP;
}

static void end(struct vcpu *vcpu, bool ended)
{
    struct svm_step *step = &vcpu->svm.step;
    struct vmcb *vmcb = vcpu->svm.vmcb;
    bool executed = ended || vmcb->rip != step->rip; /* an SMI's exit may come before the trap */

    step->ended = ended;
    step->length = is_interrupt_instruction(vmcb) ? step->length : 0;
    if (executed) {
        put_right(vcpu);
    }
    restore_shadow(vcpu, ended, executed);
    if (!executed || step->flags != FLAGS_LOADED) {
        restore_flag(vcpu);
    }
    restore(vcpu);
    step->sce = vmcb->exit_code == SVM_EXIT_EXCEPTION(VECTOR_UD) ? step->sce : 0;
    if (ended) {
        step->traps = is_guests_trap(vcpu);
        restore_dr6(vcpu);
    }
}

void svm_step_take_back(struct vcpu *vcpu)
{
    if (vcpu->svm.step.on) {
        vcpu->svm.step.length = 0;
        restore_flag(vcpu);
        restore(vcpu);
    }
}

void svm_step_settle(struct vcpu *vcpu)
{
    if (vcpu->svm.step.on) {
        end(vcpu, is_trap(vcpu));
    }
}

void svm_step_abandon(struct vcpu *vcpu)
{
    svm_step_take_back(vcpu);
    if (vcpu->svm.tried.on) {
        vcpu->svm.tried.on = false;
        svm_watch_control_registers(vcpu, true);
    }
}

void blocking_end(struct vcpu *vcpu)
{
    vcpu->svm.vmcb->interrupt_shadow &= ~SHADOW;
    if (vcpu->svm.tried.on) {
        svm_step_abandon(vcpu); /* the try was for the old registers */
    }
}

static void step_once(struct vcpu *vcpu, bool alone)
{
    if (!vcpu->svm.step.on) {
        begin(vcpu);
    }
    if (alone && !vcpu->svm.step.alone) {
        keep_interrupts_out(vcpu);
    }
}

void svm_step_once(struct vcpu *vcpu)
{
    step_once(vcpu, true);
}

/* Between the entry and the instruction an NMI may come. */
static void open_window(struct vcpu *vcpu)
{
    if (window_is_wide() && vcpu->svm.vmcb->exit_code != SVM_EXIT_NMI) {
        event_exit_behind(vcpu);
    }
}

/*
 * Before a step a pending interrupt makes the vCPU exit, and its delivery is a separate step. Not
 * after STI and MOV SS, whose blocking QEMU 7.2 does not load. Not if an interrupt has made the
 * vCPU exit and is no longer pending, so that the guest makes progress.
 */
static bool is_alone(const struct vcpu *vcpu, bool keep_out)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return keep_out || vmcb->interrupt_shadow & SHADOW || vmcb->exit_code == SVM_EXIT_INTR;
}

/* The guest's NMI comes between two steps: its delivery is a separate step, unless the step lends
 * an instruction pages (`keep_out`). */
void vendor_step_on(struct vcpu *vcpu, bool delivers, bool keep_out)
{
    if (!delivers && (keep_out || !event_nmi_is_next(vcpu))) {
        step_once(vcpu, is_alone(vcpu, keep_out));
        open_window(vcpu);
        return;
    }
    svm_step_take_back(vcpu);
    event_exit_behind(vcpu);
}

/* svm_step_settle has undone it. */
void vendor_step_pause(struct vcpu *vcpu)
{
    (void)vcpu;
}

/* After an exit svm_step_settle has undone the step. But a new one may have begun, for an
 * instruction that the vCPU will not execute. A try (control_registers.c) is none of these
 * steps. */
void vendor_step_off(struct vcpu *vcpu)
{
    if (!vcpu->svm.tried.on) {
        svm_step_take_back(vcpu);
    }
}

bool vendor_trap_is_due(const struct vcpu *vcpu)
{
    (void)vcpu;
    return false;
}

bool vendor_step_has_ended(const struct vcpu *vcpu)
{
    return vcpu->svm.step.ended;
}

/* Interrupts and NMIs come before each step. */
bool vendor_step_must_look(const struct vcpu *vcpu)
{
    (void)vcpu;
    return false;
}
