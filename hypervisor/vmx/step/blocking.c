/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/step/step.h"

#include "vmx/event.h"

#define BLOCKED_ONCE (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)

static uint32_t blocked_now(void)
{
    return vmread(VMCS_GUEST_INTERRUPTIBILITY) & BLOCKED_ONCE;
}

static void block(uint32_t by)
{
    uint64_t rest = vmread(VMCS_GUEST_INTERRUPTIBILITY) & ~(uint64_t)BLOCKED_ONCE;

    vmwrite(VMCS_GUEST_INTERRUPTIBILITY, rest | by);
}

static void set_trap(bool on)
{
    uint64_t rest = vmread(VMCS_GUEST_PENDING_DEBUG) & ~PENDING_DEBUG_STEP;

    vmwrite(VMCS_GUEST_PENDING_DEBUG, on ? rest | PENDING_DEBUG_STEP : rest);
}

static bool traps(void)
{
    return vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF && !(vmread(VMCS_GUEST_DEBUGCTL) & DEBUGCTL_BTF);
}

static void settle(void)
{
    if (blocked_now() || vmread(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT) {
        set_trap(traps());
    }
}

bool vendor_trap_is_due(const struct vcpu *vcpu)
{
    (void)vcpu;
    return !blocked_now() &&
           vmread(VMCS_GUEST_PENDING_DEBUG) & (PENDING_DEBUG_STEP | PENDING_DEBUG_ON);
}

void blocking_forget_trap(struct vcpu *vcpu)
{
    (void)vcpu;
    set_trap(false); /* Bochs 2.7 leaves one pending for the instruction that it did not execute */
    settle();
}

void blocking_end(struct vcpu *vcpu)
{
    (void)vcpu;
    if (blocked_now()) {
        block(0);
        set_trap(false);
    }
    settle();
}

/*
 * With TF and blocking, the trap must be pending already. With blocking by STI it would come at
 * once, before the instruction. With blocking by MOV SS it comes after it (SDM Vol. 3A 6.8.3).
 */
static uint32_t wanted(const struct vmx_step *step, uint32_t blocked, bool keep_out)
{
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);
    bool with_if = rflags & RFLAGS_IF;

    /* The blocking was for an STI that is no longer there: another vCPU may write the code
     * meanwhile. */
    if (!with_if) {
        blocked &= ~BLOCKED_BY_STI; /* it takes IF (27.3.1.5) */
    }
    /* An instruction that loads SS does not block after another that did. */
    if (step->timed && (step->loads_ss || (!blocked && !with_if))) {
        blocked = BLOCKED_BY_MOV_SS;
    } else if (!blocked && with_if && (keep_out || step->timed)) {
        blocked = BLOCKED_BY_STI;
    }
    return blocked && rflags & RFLAGS_TF ? BLOCKED_BY_MOV_SS : blocked;
}

/* Not together with an event: an injected interrupt excludes blocking (27.3.1.5). */
void blocking_hold(struct vcpu *vcpu, bool delivers, bool keep_out)
{
    struct vmx_step *step = &vcpu->vmx.step;
    uint32_t now = blocked_now(), to = delivers ? 0 : wanted(step, now, keep_out);

    if (!step->held) {
        step->blocked_before = (uint8_t)now;
    }
    if (to != now) {
        step->held = true;
        block(to);
    }
    if (delivers && now) {
        set_trap(false);
    }
    settle();
}

void blocking_release(struct vcpu *vcpu)
{
    struct vmx_step *step = &vcpu->vmx.step;

    if (step->held && blocked_now() && vmread(VMCS_GUEST_RIP) == vcpu->step.rip) {
        block(step->blocked_before);
        blocking_forget_trap(vcpu);
    }
    step->held = false;
}
