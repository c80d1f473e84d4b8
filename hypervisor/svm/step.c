/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/step.h"

#include "core/domain.h"
#include "guestmem/access.h"
#include "guestmem/code.h"
#include "svm/event.h"
#include "svm/svm.h"

#define INSTRUCTION_MAX 15
#define REX_FIRST       0x40
#define REX_W           0x48
#define PREFIX_WIDTH    0x66

static bool is_prefix(uint8_t byte, unsigned int bits)
{
    static const uint8_t prefixes[] = {PREFIX_WIDTH, 0x67, 0xf2, 0xf3, 0x26,
                                       0x2e,         0x36, 0x3e, 0x64, 0x65};

    for (unsigned int i = 0; i < sizeof(prefixes); i++) {
        if (byte == prefixes[i]) {
            return true;
        }
    }
    return bits == 64 && (byte & 0xf0) == REX_FIRST;
}

/* What the instruction does to the flags, of what step.c has to put right. */
static enum svm_flags flags_of(const uint8_t *code, unsigned int count, unsigned int bits,
                               bool *narrow)
{
    *narrow = bits == 16;
    while (count && is_prefix(*code, bits)) {
        *narrow ^= *code == PREFIX_WIDTH;
        code++;
        count--;
    }
    switch (count ? *code : 0) {
    case 0x9c: /* PUSHF */
        return FLAGS_PUSHED;
    case 0x9d: /* POPF */
    case 0xcf: /* IRET */
        return FLAGS_LOADED;
    case 0x0f: /* SYSCALL, SYSRET */
        return count < 2         ? FLAGS_KEPT
               : code[1] == 0x05 ? FLAGS_TO_R11
               : code[1] == 0x07 ? FLAGS_LOADED
                                 : FLAGS_KEPT;
    default:
        return FLAGS_KEPT;
    }
}

/* The trap behind SYSCALL would be gone with TF, which SFMASK mostly clears. */
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

/* With virtual masking interrupts obey the flag that root mode has, which is off; and the task
 * priority is one of the VMCB's. */
static void keep_interrupts_out(struct vcpu *vcpu, bool on)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t priority = on ? read_cr8() : vmcb->virtual_interrupt & VIRTUAL_TPR;

    if (on) {
        vmcb->virtual_interrupt = VIRTUAL_MASKING | priority;
        vmcb->intercepts[3] &= ~(INTERCEPT_VINTR | INTERCEPT_INTR);
        return;
    }
    write_cr8(priority);
    vmcb->virtual_interrupt = 0;
    event_load_interrupt(vcpu);
}

static void begin(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    struct svm_step *step = &vcpu->svm.step;
    uint8_t code[INSTRUCTION_MAX];
    unsigned int bits, count = guest_code_anyhow(vcpu, code, sizeof(code), &bits);

    *step = (struct svm_step){
        .on = true,
        .flag = vmcb->rflags & RFLAGS_TF,
        .dr6 = vmcb->dr6,
        .rip = vmcb->rip,
        .rsp = vmcb->rsp,
        .flags = flags_of(code, count, bits, &step->narrow),
        .narrow = step->narrow,
    };
    vcpu->svm.unsettled = true;
    vmcb->rflags |= RFLAGS_TF;
    vmcb->intercepts[2] = INTERCEPT_EXCEPTIONS;
    keep_interrupts_out(vcpu, true);
    if (step->flags == FLAGS_TO_R11) {
        set_syscall_mask(vcpu, true);
    }
}

/* The flags that PUSHF has left on top of the guest's stack. */
static void clear_pushed(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    bool wide = vmcb->ss.attributes & ATTRIBUTES_BIG || vmcb->efer & EFER_LMA;
    uint64_t at = (wide ? vmcb->rsp : (uint16_t)vmcb->rsp) +
                  (vmcb_rights(vmcb->cs.attributes) & RIGHTS_LONG ? 0 : vmcb->ss.base);
    uint16_t low;

    vcpu->moment++;
    if (!guest_copy_in(vcpu, &low, at, sizeof(low))) {
        low &= (uint16_t)~RFLAGS_TF;
        guest_copy_out(vcpu, at, &low, sizeof(low));
    }
}

/* The instruction has been executed: what it has done with a flag that was ours. */
static void put_right(struct vcpu *vcpu)
{
    const struct svm_step *step = &vcpu->svm.step;
    struct vmcb *vmcb = vcpu->svm.vmcb;

    if (step->flags == FLAGS_PUSHED && !step->flag) {
        clear_pushed(vcpu);
    } else if (step->flags == FLAGS_TO_R11) {
        vcpu->registers.r11 = (vcpu->registers.r11 & ~RFLAGS_TF) | step->flag;
        vmcb->rflags &= step->masked ? ~RFLAGS_TF : ~UINT64_C(0);
    }
}

/* The exit is the trap of a step, and no breakpoint's. Bochs 2.7 leaves DR6 as it was. */
static bool is_trap(const struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t met = vmcb->dr6 & DR6_MET & ~vcpu->svm.step.dr6;

    return vmcb->exit_code == SVM_EXIT_EXCEPTION(VECTOR_DB) && (vmcb->dr6 & DR6_STEP || !met);
}

static void end(struct vcpu *vcpu, bool ended)
{
    struct svm_step *step = &vcpu->svm.step;
    struct vmcb *vmcb = vcpu->svm.vmcb;

    step->on = false;
    step->ended = ended;
    vmcb->intercepts[2] = EXCEPTIONS_EXITING;
    keep_interrupts_out(vcpu, false);
    if (step->ended) {
        put_right(vcpu);
    }
    if (!step->ended || step->flags != FLAGS_LOADED) {
        vmcb->rflags = (vmcb->rflags & ~RFLAGS_TF) | step->flag;
    }
    if (step->flags == FLAGS_TO_R11) {
        set_syscall_mask(vcpu, false);
    }
    if (step->ended && !step->flag) {
        vmcb->dr6 = (vmcb->dr6 & ~DR6_STEP) | (step->dr6 & DR6_STEP);
    }
}

void svm_step_settle(struct vcpu *vcpu)
{
    if (vcpu->svm.step.on) {
        end(vcpu, is_trap(vcpu));
    }
}

void svm_step_once(struct vcpu *vcpu)
{
    if (!vcpu->svm.step.on) {
        begin(vcpu);
    }
}

/* Interrupts are kept out of all steps: what is to come, comes between two of them. */
void vendor_step_on(struct vcpu *vcpu, bool delivers, bool keep_out)
{
    (void)keep_out;
    if (!delivers) {
        svm_step_once(vcpu);
        return;
    }
    if (vcpu->svm.step.on) {
        end(vcpu, false);
    }
    event_exit_behind(vcpu);
}

/* svm_step_settle has. */
void vendor_step_pause(struct vcpu *vcpu)
{
    (void)vcpu;
}

void vendor_step_off(struct vcpu *vcpu)
{
    (void)vcpu;
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

/* One step follows the other behind an exit each: interrupts come between. */
bool vendor_step_must_look(const struct vcpu *vcpu)
{
    (void)vcpu;
    return false;
}
