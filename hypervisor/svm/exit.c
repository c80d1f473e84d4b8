/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers of #VMEXITs. */
#include "run/exit.h"
#include "core/handlers.h"

#include "base/log.h"
#include "base/string.h"
#include "core/control_registers.h"
#include "core/domain.h"
#include "core/life.h"
#include "debug/window.h"
#include "guestmem/code.h"
#include "run/entry.h"
#include "run/vmfunc.h"
#include "svm/event.h"
#include "svm/exit.h"
#include "svm/step.h"
#include "svm/svm.h"

#include <stddef.h>

#define HLT_LENGTH 1

#define EXCEPTION(vector) SVM_EXIT_EXCEPTION(VECTOR_##vector)

/* EXITINFO2 of a task switch (APM Vol. 2 15.14.1): its cause. EXITINFO1 is the selector. */
#define TASK_SWITCH_BY_IRET (UINT64_C(1) << 36)
#define TASK_SWITCH_BY_JUMP (UINT64_C(1) << 38)

static const char *cause(const struct vmcb *v, enum status *status)
{
    *status = STATUS_STOPPED;
    if (v->exit_code == SVM_EXIT_EXCEPTION(VECTOR_MC)) {
        return "machine check: the hardware has failed";
    }
    if (svm_exit_is_invalid(v->exit_code)) {
        *status = STATUS_PANIC;
        return "the CPU refuses to enter the guest: altview has left it in no valid state";
    }
    return "the guest did something altview does not serve";
}

/* Call it with the lock or without it. */
__attribute__((noreturn, cold)) static void report_unserved(struct vcpu *vcpu)
{
    enum status status;
    const char *why = cause(vcpu->svm.vmcb, &status);

    machine_stop_others(); /* the domain's lock may be held, or not */
    report_and_stop(vcpu, status, why);
}

static void invalid_entry(struct vcpu *vcpu)
{
    if (!control_register_is_reserved_cr3(vcpu)) {
        report_unserved(vcpu);
    }
    event_raise_error(vcpu, VECTOR_GP, 0);
}

/* The NMI was taken when exit.S executed STGI, by event_nmi_in_root. */
static void nmi(struct vcpu *vcpu)
{
    event_keep_shadow(vcpu);
    event_recover(vcpu, 0);
}

/* The bell's NMI is altview's own clock, and is counted as that, before it is heeded. */
static void serve_nmi(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    if (vcpu->rung) {
        vcpu->exit_counts[REASON_EXCEPTION]--;
        vcpu->exit_counts[REASON_TIMER]++;
    }
    exit_serve_alone(vcpu, reason, handle);
}

/* The CPU has taken it at STGI: Bochs 2.7 would run its handler as a part of the guest. */
static void smi(struct vcpu *vcpu)
{
    event_keep_shadow(vcpu);
    event_recover(vcpu, 0);
}

static void nested_page_fault(struct vcpu *vcpu)
{
    event_keep_shadow(vcpu);
    violation_handle(vcpu);
}

/* The trap is only altview's, after the stepped instruction; or it is the guest's as well. */
static void debug_exception(struct vcpu *vcpu)
{
    const struct svm_step *step = &vcpu->svm.step;

    if (event_is_pending(vcpu)) {
        return; /* the stepped instruction was refused */
    }
    if (control_register_asks(vcpu) && !control_register_ask(vcpu)) {
        return; /* by a monitor, or begins anew */
    }
    if (!step->ended || step->traps) {
        event_raise(vcpu, VECTOR_DB);
    }
}

/* The guest's call by Intel's instruction, so that one guest runs on both. */
static bool is_vmcall(struct vcpu *vcpu)
{
    static const uint8_t vmcall[HYPERCALL_LENGTH] = {0x0f, 0x01, 0xc1};
    uint8_t code[HYPERCALL_LENGTH];
    unsigned int bits;

    return guest_code_anyhow(vcpu, code, sizeof(code), &bits) == sizeof(code) &&
           memcmp(code, vmcall, sizeof(code)) == 0;
}

static void invalid_opcode(struct vcpu *vcpu)
{
    if (svm_step_hid_system_call(vcpu)) {
        return;
    }
    if (is_vmcall(vcpu)) {
        exit_hypercall(vcpu);
    } else if (!vendor_exit_is_ud(vcpu, REASON_EXCEPTION) || !vmfunc_serve(vcpu)) {
        event_raise_again(vcpu);
    }
}

static void breakpoint(struct vcpu *vcpu)
{
    if (vcpu->step.was_away) {
        event_raise_again(vcpu);
    } else {
        monitor_breakpoint(vcpu);
    }
}

/* QEMU 7.2 takes INT3 and INTO for INT n. Elsewhere they cause exits by their exceptions. */
static void interrupt_instruction(struct vcpu *vcpu)
{
    uint64_t event, length = svm_interrupt_met(vcpu, &event);

    if (length && event == (SVM_EVENT_EXCEPTION | VECTOR_BP)) {
        vcpu->svm.vmcb->exit_code = EXCEPTION(BP);
        breakpoint(vcpu);
    } else if (length) {
        event_interrupt_instruction(vcpu, event, length);
    } else {
        event_keep_shadow(vcpu);
    }
}

/* An upcall that could not come before HLT, for example after STI, can come now: try it again. */
static void halt(struct vcpu *vcpu)
{
    event_skip(vcpu, HLT_LENGTH);
    if (!event_is_pending(vcpu)) { /* a trap of TF comes first */
        guest_halt(vcpu);
    }
    if (vcpu->xen.window) {
        vcpu->xen.upcall = vcpu->attention = true;
    }
}

/* As on VT-x (vmx/exit.c): refuse it, as if the TSS were not present. If INT n is at RIP, that is
 * what the CPU delivers, though Bochs 2.7 reports an earlier event; unless it is the delivery of
 * the #GP that refuses INT n. Where that succeeds, the vCPU exits behind it, so another exit comes
 * first. */
static void task_switch(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    bool instruction = vmcb->exit_info2 & (TASK_SWITCH_BY_IRET | TASK_SWITCH_BY_JUMP);
    uint64_t refused = vcpu->svm.refused_gate;
    bool in_vain = refused && vcpu->moment == refused + 1;

    if (!instruction && vendor_delivers(vcpu) && (in_vain || !svm_interrupt_length(vcpu))) {
        event_fail_delivery(vcpu);
        return;
    }
    if (!instruction) {
        vcpu->svm.refused_gate = vcpu->moment;
        event_exit_behind(vcpu);
    }
    event_raise_error(vcpu, VECTOR_GP, vmcb->exit_info1 & 0xfffc);
}

static void window(struct vcpu *vcpu)
{
    vcpu->svm.window = false;
    event_load_window(vcpu);
    upcall_window(vcpu);
}

/* A waiting upcall comes first. Else a step was planned: the interrupt comes before it. */
static void interrupt(struct vcpu *vcpu)
{
    if (vcpu->svm.window) {
        window(vcpu);
    } else if (event_takes_interrupt(vcpu)) {
        event_take_interrupt(vcpu);
    }
}

#define LOCKED(reason, handler)                                                                    \
    {                                                                                              \
        REASON_##reason,                                                                           \
        {                                                                                          \
            handler, exit_serve_with_lock                                                          \
        }                                                                                          \
    }
#define ALONE(reason, handler)                                                                     \
    {                                                                                              \
        REASON_##reason,                                                                           \
        {                                                                                          \
            handler, exit_serve_alone                                                              \
        }                                                                                          \
    }

/* By exit code: the reason for counting, and the handler. Exceptions that are not here cause exits
 * only during a step, and altview delivers them. */
static const struct svm_exit {
    enum exit_reason reason;
    struct exit_row row;
} exits[SVM_EXIT_CODES] = {
    [SVM_EXIT_CR_WRITE(0)] = LOCKED(CR_ACCESS, control_register_try),
    [SVM_EXIT_CR_WRITE(3)] = LOCKED(CR_ACCESS, control_register_try),
    [SVM_EXIT_CR_WRITE(4)] = LOCKED(CR_ACCESS, control_register_try),
    [SVM_EXIT_CR0_BITS] = LOCKED(CR_ACCESS, control_register_try),
    [EXCEPTION(DB)] = LOCKED(EXCEPTION, debug_exception),
    [EXCEPTION(BP)] = LOCKED(EXCEPTION, breakpoint),
    [EXCEPTION(UD)] = {REASON_EXCEPTION, {invalid_opcode, exit_serve_ud}},
    [EXCEPTION(MC)] = LOCKED(EXCEPTION, report_unserved),
    [SVM_EXIT_NMI] = {REASON_EXCEPTION, {nmi, serve_nmi}},
    [SVM_EXIT_SMI] = ALONE(SMI, smi),
    [SVM_EXIT_INTR] = LOCKED(INTERRUPT_WINDOW, interrupt),
    [SVM_EXIT_VINTR] = LOCKED(INTERRUPT_WINDOW, window),
    [SVM_EXIT_CPUID] = ALONE(CPUID, cpuid_handle),
    [SVM_EXIT_RSM] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_PUSHF] = LOCKED(EXCEPTION, exit_stepped),
    [SVM_EXIT_POPF] = LOCKED(EXCEPTION, exit_stepped),
    [SVM_EXIT_IRET] = ALONE(EXCEPTION, event_iret),
    [SVM_EXIT_INT] = LOCKED(EXCEPTION, interrupt_instruction),
    [SVM_EXIT_INVD] = ALONE(INVD, exit_invd),
    [SVM_EXIT_PAUSE] = LOCKED(TIMER, exit_timer),
    [SVM_EXIT_HLT] = ALONE(HLT, halt),
    [SVM_EXIT_INVLPGA] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_IO] = LOCKED(IO, permission_handle_port),
    [SVM_EXIT_MSR] = LOCKED(RDMSR, permission_handle_msr),
    [SVM_EXIT_TASK_SWITCH] = LOCKED(TASK_SWITCH, task_switch),
    [SVM_EXIT_SHUTDOWN] = LOCKED(TRIPLE_FAULT, life_triple_fault),
    [SVM_EXIT_VMRUN] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_VMMCALL] = {REASON_VMCALL, {exit_hypercall, exit_serve_hypercall}},
    [SVM_EXIT_VMLOAD] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_VMSAVE] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_STGI] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_CLGI] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_SKINIT] = ALONE(UNSERVED, exit_no_such_instruction),
    [SVM_EXIT_ICEBP] = LOCKED(EXCEPTION, event_int1),
    [SVM_EXIT_XSETBV] = LOCKED(XSETBV, xsetbv_handle),
};
static const struct svm_exit violation = LOCKED(EPT_VIOLATION, nested_page_fault);
static const struct svm_exit exception = LOCKED(EXCEPTION, event_raise_again);
static const struct svm_exit invalid = LOCKED(CR_ACCESS, invalid_entry);

static const struct svm_exit *find(uint64_t code)
{
    if (code < SVM_EXIT_CODES && exits[code].row.handle) {
        return &exits[code];
    }
    if (code == SVM_EXIT_NPF) {
        return &violation;
    }
    if (svm_exit_is_invalid(code)) {
        return &invalid;
    }
    return svm_exit_is_exception(code) ? &exception : NULL;
}

static void serve(struct vcpu *vcpu, const struct svm_exit *exit)
{
    vcpu->rewritten = AS_IT_LEFT;
    __atomic_store_n(&vcpu->in_guest, false, __ATOMIC_RELEASE);
    window_open();
    vcpu->exit_counts[exit->reason]++;
    vcpu->moment++;
    exit->row.serve(vcpu, exit->reason, exit->row.handle);
}

static inline void find_and_serve(struct vcpu *vcpu)
{
    const struct svm_exit *exit = find(vcpu->svm.vmcb->exit_code);

    if (!exit) {
        report_unserved(vcpu);
    }
    serve(vcpu, exit);
}

/* First undo what a step or a pending event has changed in the guest's state. */
__attribute__((noinline)) static void settle_and_serve(struct vcpu *vcpu)
{
    svm_step_settle(vcpu);
    event_settle(vcpu);
    if (vcpu->svm.tried.on) {
        control_register_settle(vcpu);
    }
    find_and_serve(vcpu);
    event_keep_shadow(vcpu);
}

/* The rare case is a separate function, so that the common exit needs no frame. */
static void svm_handle_exit(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;

    vmcb->tlb_control = TLB_KEEP;
    vmcb->event = 0;
    vcpu->svm.step.ended = false;
    if (vcpu->svm.unsettled) {
        settle_and_serve(vcpu);
        return;
    }
    find_and_serve(vcpu);
}

/* The work of a timer's exit, after the CPU has waited in the guest's place (settle.c). */
static void wait_on(struct vcpu *vcpu)
{
    if (!svm_may_sleep(vcpu) && rdtsc() >= vcpu->svm.next_tick) {
        vcpu->svm.vmcb->exit_event = 0;
        vcpu->svm.vmcb->exit_code = SVM_EXIT_PAUSE;
        serve(vcpu, &exits[SVM_EXIT_PAUSE]);
    }
}

void vendor_serve_exits(struct vcpu *vcpu)
{
    vcpu->handle_exit = svm_handle_exit;
    vcpu->svm.attend = entry_wait;
    vcpu->svm.wait_on = wait_on;
}
