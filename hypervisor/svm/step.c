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
        .rip = vmcb->rip,
        .rsp = vmcb->rsp,
    };
    svm_step_decode(vcpu, step);
    vcpu->svm.unsettled = true;
    vmcb->rflags |= RFLAGS_TF;
    vmcb->intercepts[2] = INTERCEPT_EXCEPTIONS;
    vmcb->intercepts[3] |= INTERCEPT_INT;
    vmcb->intercepts[4] |= INTERCEPT_ICEBP; /* the #DB of INT1 need not cause an exit */
    event_load_window(vcpu);
    set_syscall_mask(vcpu, true);
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

/* The flags that PUSHF has left on the guest's stack. Not for a program in ring 3, because altview
 * reaches memory as the kernel does. Such a program may see altview's TF. */
static void clear_pushed(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t at = stack_top(vmcb);
    uint16_t low;

    vcpu->moment++;
    if (vmcb->cpl < 3 && has_pushed(vmcb, &vcpu->svm.step) &&
        !guest_copy_in(vcpu, &low, at, sizeof(low))) {
        low &= (uint16_t)~RFLAGS_TF;
        guest_copy_out(vcpu, at, &low, sizeof(low));
    }
}

/* The vCPU has executed the instruction: correct its use of altview's flag. */
static void put_right(struct vcpu *vcpu)
{
    struct svm_step *step = &vcpu->svm.step;

    if (step->flags == FLAGS_PUSHED && !step->flag) {
        clear_pushed(vcpu);
    } else if (step->flags == FLAGS_TO_R11) {
        vcpu->registers.r11 = (vcpu->registers.r11 & ~RFLAGS_TF) | step->flag;
        step->flag &= step->masked ? 0 : RFLAGS_TF;
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
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vcpu->svm.step.on = false;
    vmcb->intercepts[2] = EXCEPTIONS_EXITING;
    vmcb->intercepts[3] &= vcpu->svm.watches_int ? ~0U : ~INTERCEPT_INT;
    vmcb->intercepts[4] &= ~INTERCEPT_ICEBP;
    let_interrupts_in(vcpu);
    set_syscall_mask(vcpu, false);
}

static void restore_flag(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vmcb->rflags = (vmcb->rflags & ~RFLAGS_TF) | vcpu->svm.step.flag;
}

/* The trap is the guest's as well: from its own TF, or from a breakpoint. */
static bool is_guests_trap(const struct vcpu *vcpu)
{
    const struct svm_step *step = &vcpu->svm.step;

    return step->flag || vcpu->svm.vmcb->dr6 & DR6_MET & ~step->dr6;
}

/* Bochs 2.7 has lost the interrupt shadow of STI at the trap, which QEMU 7.2 raises later. */
static void restore_shadow(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (!vcpu->svm.tcg && vcpu->svm.step.opened && vmcb->rip == vcpu->svm.step.opened) {
        vmcb->interrupt_shadow |= SHADOW;
    }
}

static void end(struct vcpu *vcpu, bool ended)
{
    struct svm_step *step = &vcpu->svm.step;
    struct vmcb *vmcb = vcpu->svm.vmcb;

    step->ended = ended;
    step->length = vmcb->exit_code == SVM_EXIT_INT ? step->length : 0;
    if (ended) {
        put_right(vcpu);
        restore_shadow(vcpu);
    }
    if (!ended || step->flags != FLAGS_LOADED) {
        restore_flag(vcpu);
    }
    restore(vcpu);
    if (ended) {
        step->traps = is_guests_trap(vcpu);
        vmcb->dr6 = (vmcb->dr6 & ~DR6_STEP) | (step->flag ? DR6_STEP : step->dr6 & DR6_STEP);
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
