/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/step/step.h"

#include "control/prefix.h"
#include "core/domain.h"
#include "core/timer.h"
#include "guestmem/code.h"
#include "vmx/event.h"
#include "vmx/timer.h"
#include "vmx/vmx.h"

#define INSTRUCTION_MAX 15
#define RFLAGS_IOPL     (3UL << 12)
#define IOPL_SHIFT      12

/* Instructions that block after themselves, as blocking.c does before them. */
enum special { SPECIAL_NONE, SPECIAL_STI, SPECIAL_SS };

static enum special which(const uint8_t *code, unsigned int count, unsigned int bits)
{
    while (count && prefix_is_one(*code, bits)) {
        code++;
        count--;
    }
    switch (count ? *code : 0) {
    case 0xfb:
        return SPECIAL_STI;
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

/* Else the CPU refuses it with these flags. */
static bool may_sti(uint64_t rflags)
{
    uint64_t cpl = (vmread(VMCS_GUEST_SS_RIGHTS) & RIGHTS_DPL) / (RIGHTS_DPL / 3);

    return cpl <= (rflags & RFLAGS_IOPL) >> IOPL_SHIFT;
}

/* Whether the instruction before has begun the blocking, and not altview. */
static bool ss_blocks(const struct vmx_step *step)
{
    uint64_t blocked = step->held ? step->blocked_before : vmread(VMCS_GUEST_INTERRUPTIBILITY);

    return blocked & BLOCKED_BY_MOV_SS;
}

static void prepare(struct vcpu *vcpu)
{
    struct vmx_step *step = &vcpu->vmx.step;
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);
    enum special special = find(vcpu);

    /* Of several in a row only the first blocks (SDM Vol. 3A 6.8.3). */
    step->loads_ss = special == SPECIAL_SS && !ss_blocks(step);
    /* If interrupts are on already, STI blocks nothing. */
    step->if_lent = special == SPECIAL_STI && !(rflags & RFLAGS_IF) && may_sti(rflags);
    if (step->if_lent) {
        vmwrite(VMCS_GUEST_RFLAGS, rflags | RFLAGS_IF);
    }
}

void timed_step_begin(struct vcpu *vcpu, bool delivers)
{
    timed_step_end(vcpu);
    if (!delivers) {
        prepare(vcpu);
    }
    vcpu->vmx.step.timed = true;
    timer_step();
}

/* Begin blocking after the instruction. */
static void block(uint32_t by)
{
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY, vmread(VMCS_GUEST_INTERRUPTIBILITY) | by);
}

static void make_good(struct vcpu *vcpu)
{
    struct vmx_step *step = &vcpu->vmx.step;
    bool executed = vmread(VMCS_GUEST_RIP) - vcpu->step.rip - 1 < INSTRUCTION_MAX;
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);

    if (step->if_lent && !executed) {
        vmwrite(VMCS_GUEST_RFLAGS, rflags & ~RFLAGS_IF);
    } else if (step->if_lent && rflags & RFLAGS_IF) { /* without IF: the vCPU is in a handler near
                                                       * RIP */
        block(BLOCKED_BY_STI);
    } else if (step->loads_ss && executed) {
        block(BLOCKED_BY_MOV_SS);
        step->trap_waits = true;
    }
}

void timed_step_end(struct vcpu *vcpu)
{
    struct vmx_step *step = &vcpu->vmx.step;

    if (step->timed) {
        step->timed = false;
        timer_rest(vcpu);
        make_good(vcpu);
    }
    step->if_lent = step->loads_ss = false;
}

bool timed_step_must_look(const struct vcpu *vcpu)
{
    bool takes = vcpu->nmi_wanted || vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF;
    bool blocked = vmread(VMCS_GUEST_INTERRUPTIBILITY) & (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS);

    return vmread(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT || (takes && !blocked && !vcpu->step.looked);
}
