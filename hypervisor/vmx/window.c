/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/window.h"

#include "access/code.h"
#include "domain.h"
#include "vmx/blocking.h"
#include "vmx/event.h"
#include "vmx/timer.h"
#include "vmx/vmx.h"

#define INSTRUCTION_MAX 15
#define REX             0x40 /* to 0x4f, in 64-bit mode */
#define RFLAGS_IOPL     (3UL << 12)
#define IOPL_SHIFT      12

/* Those after which more is left to be done than behind others. */
enum special { SPECIAL_NONE, SPECIAL_STI, SPECIAL_SS, SPECIAL_HLT, SPECIAL_FLAGS };

/* LOCK is none: what is told apart here is #UD behind it. */
static bool is_prefix(uint8_t byte, unsigned int bits)
{
    static const uint8_t prefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

    for (unsigned int i = 0; i < sizeof(prefixes); i++) {
        if (byte == prefixes[i]) {
            return true;
        }
    }
    return bits == 64 && (byte & ~0xfU) == REX;
}

static enum special which(const uint8_t *code, unsigned int count, unsigned int bits)
{
    while (count && is_prefix(*code, bits)) {
        code++;
        count--;
    }
    switch (count ? *code : 0) {
    case 0xfb:
        return SPECIAL_STI;
    case 0xf4:
        return SPECIAL_HLT;
    case 0x9d: /* POPF */
    case 0xcf: /* IRET */
        return SPECIAL_FLAGS;
    case 0x17: /* POP SS, not in 64-bit mode */
        return SPECIAL_SS;
    case 0x8e: /* MOV to the segment register that the next byte names */
        return count > 1 && (code[1] >> 3 & 7) == SS ? SPECIAL_SS : SPECIAL_NONE;
    default:
        return SPECIAL_NONE;
    }
}

static enum special find(struct vcpu *vcpu)
{
    uint8_t code[INSTRUCTION_MAX];
    unsigned int bits, count = guest_code_anyhow(vcpu, code, sizeof(code), &bits);

    return which(code, count, bits);
}

/* Else it is refused, with the flags as they are. */
static bool may_sti(uint64_t rflags)
{
    uint64_t cpl = (vmread(VMCS_GUEST_SS_RIGHTS) & RIGHTS_DPL) / (RIGHTS_DPL / 3);

    return cpl <= (rflags & RFLAGS_IOPL) >> IOPL_SHIFT;
}

static void open(struct vcpu *vcpu)
{
    vcpu->step.window = true;
    vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, true);
}

/* While NMIs are blocked there is no window. Then TF has to do, which PUSHF and frames show. */
static void lend_tf(struct vcpu *vcpu, uint64_t rflags)
{
    vcpu->step.tf_lent = !(rflags & RFLAGS_TF);
    vmwrite(VMCS_GUEST_RFLAGS, rflags | RFLAGS_TF);
}

/* By what comes before, not by us. */
static bool ss_blocks(const struct guest_step *step)
{
    uint64_t blocked = step->held ? step->blocked_before : vmread(VMCS_GUEST_INTERRUPTIBILITY);

    return blocked & BLOCKED_BY_MOV_SS;
}

static void prepare(struct vcpu *vcpu)
{
    struct guest_step *step = &vcpu->step;
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);

    step->special = (uint8_t)find(vcpu);
    /* Of several in a row only the first blocks (SDM Vol. 3A 6.8.3). */
    step->loads_ss = step->special == SPECIAL_SS && !ss_blocks(step);
    /* STI blocks the window as well, but not if interrupts are on already. */
    step->if_lent = step->special == SPECIAL_STI && !(rflags & RFLAGS_IF) && may_sti(rflags);
    if (vmread(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKED_BY_NMI) {
        step->if_lent = false;
        lend_tf(vcpu, rflags);
        return;
    }
    if (step->if_lent) {
        vmwrite(VMCS_GUEST_RFLAGS, rflags | RFLAGS_IF);
    }
    open(vcpu);
}

/* An NMI's delivery blocks the window: then the timer has to do, which is imprecise with several
 * CPUs. */
void window_open_for(struct vcpu *vcpu, bool delivers)
{
    window_close(vcpu);
    if (delivers && (vmread(VMCS_ENTRY_EVENT) & EVENT_TYPE) == EVENT_TYPE_NMI) {
        vcpu->step.timer = true;
        timer_step();
        return;
    }
    if (delivers) {
        open(vcpu);
    } else {
        prepare(vcpu);
    }
}

/* From behind the instruction on. */
static void block(struct vcpu *vcpu, uint32_t by)
{
    vcpu->step.blocks = true;
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY, vmread(VMCS_GUEST_INTERRUPTIBILITY) | by);
}

static void make_good(struct vcpu *vcpu)
{
    struct guest_step *step = &vcpu->step;
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);
    bool executed = vmread(VMCS_GUEST_RIP) - step->rip - 1 < INSTRUCTION_MAX;

    if (step->if_lent && !executed) {
        vmwrite(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_IF);
    } else if (step->if_lent) {
        block(vcpu, BLOCKED_BY_STI);
    } else if (step->loads_ss && executed) {
        block(vcpu, BLOCKED_BY_MOV_SS);
        step->trap_waits = true;
    } else if (step->special == SPECIAL_HLT && executed && !(rflags & RFLAGS_TF)) {
        vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
        blocking_end();
    }
}

/* Bochs 2.7 leaves a trap pending for an instruction that was not executed. */
static void take_tf_back(struct vcpu *vcpu)
{
    bool executed = vmread(VMCS_GUEST_RIP) != vcpu->step.rip;

    vcpu->step.tf_lent = false;
    vcpu->step.trap_is_ours = true;
    if (vcpu->step.special != SPECIAL_FLAGS || !executed) {
        vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) & ~RFLAGS_TF);
    }
    vmwrite(VMCS_GUEST_PENDING_DEBUG, vmread(VMCS_GUEST_PENDING_DEBUG) & ~PENDING_DEBUG_STEP);
}

void window_close(struct vcpu *vcpu)
{
    struct guest_step *step = &vcpu->step;

    if (step->timer) {
        step->timer = false;
        timer_rest(vcpu);
    }
    if (step->window) {
        step->window = false;
        vmx_set_processor(vcpu, PROCESSOR_NMI_WINDOW, vcpu->nmi_wanted);
        make_good(vcpu);
    }
    if (step->tf_lent) {
        take_tf_back(vcpu);
    }
    step->special = SPECIAL_NONE;
    step->if_lent = step->loads_ss = false;
}

bool window_must_look(const struct vcpu *vcpu)
{
    bool on = vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF;
    bool blocked = vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS);

    return vmread(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT || (on && !blocked && !vcpu->step.looked);
}

void window_look(struct vcpu *vcpu)
{
    window_close(vcpu);
    vcpu->step.looks = true;
    vmx_load_nothing(vcpu);
}
