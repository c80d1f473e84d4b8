/* SPDX-License-Identifier: BSD-2-Clause */

#include "run/exit.h"
#include "base/debug.h"
#include "base/log.h"
#include "core/control_registers.h"
#include "core/handlers.h"
#include "core/life.h"
#include "debug/window.h"
#include "run/entry.h"
#include "run/permission.h"
#include "run/vmfunc.h"
#include "vmx/control_registers.h"
#include "vmx/event.h"
#include "vmx/report/report_text.h"
#include "vmx/vmx.h"
#include "x86/x86.h"

#include <stddef.h>

/* Qualification of an instruction timeout (SDM Vol. 3C table 28-9: notify VM exits). */
#define TIMEOUT_CONTEXT_INVALID (UINT64_C(1) << 0)

/* After an exit without a handler: the exit gives the reason. Call it with the lock or without
 * it. */
__attribute__((noreturn, cold)) static void report_unserved(struct vcpu *vcpu)
{
    enum status status;
    const char *why =
        report_cause((uint32_t)vmread(VMCS_EXIT_REASON), vmread(VMCS_EXIT_EVENT), &status);

    machine_stop_others(); /* the domain's lock may be held, or not */
    report_and_stop(vcpu, status, why);
}

static void misconfiguration(struct vcpu *vcpu)
{
    report_and_stop(vcpu, STATUS_PANIC, "EPT misconfiguration: an entry of ours is malformed");
}

/* A SIPI that comes while all vCPUs run starts none. */
static void stray_sipi(struct vcpu *vcpu)
{
    (void)vcpu;
}

/*
 * altview does not emulate task switches: 64-bit mode has none, and other modes hardly use them. It
 * refuses the instruction as if the TSS were not present. An exception or interrupt through a task
 * gate is lost. If it was an exception, the fault of its delivery is one more (SDM Vol. 3A 6.15).
 */
static void task_switch(struct vcpu *vcpu)
{
    uint32_t selector = vmread(VMCS_QUALIFICATION) & 0xfffc;
    uint32_t interrupted = (uint32_t)vmread(VMCS_VECTORING_EVENT);
    bool exception =
        interrupted & EVENT_VALID && (interrupted & EVENT_TYPE) == EVENT_TYPE_EXCEPTION;

    if (exception && (interrupted & EVENT_VECTOR) == VECTOR_DF) {
        life_triple_fault(vcpu);
        return;
    }
    event_raise_error(vcpu, exception ? VECTOR_DF : VECTOR_GP, exception ? 0 : selector);
}

/* The exceptions that cause exits are those of EXCEPTIONS_EXITING, and #UD. */
static void exception_or_nmi(struct vcpu *vcpu)
{
    uint64_t event = vmread(VMCS_EXIT_EVENT);

    if ((event & EVENT_TYPE) == EVENT_TYPE_NMI) {
        event_nmi(vcpu);
    } else if ((event & EVENT_VECTOR) == VECTOR_MC) {
        report_unserved(vcpu);
    } else if ((event & EVENT_VECTOR) == VECTOR_DB) {
        event_raise_debug(vcpu, vcpu->vmx.step.trap_waits);
    } else if ((event & EVENT_VECTOR) == VECTOR_BP && !vcpu->step.was_away) {
        monitor_breakpoint(vcpu);
    } else if (!vendor_exit_is_ud(vcpu, REASON_EXCEPTION) || !vmfunc_serve(vcpu)) {
        event_raise_again(vcpu);
    }
}

/* An instruction, or the delivery of an event, that has taken longer than vmx/vmcs.c's window: the
 * CPU has interrupted it with an exit, and the guest begins it anew (SDM Vol. 3C 26.2). */
static void instruction_timeout(struct vcpu *vcpu)
{
    uint64_t qualification = vmread(VMCS_QUALIFICATION);

    if (qualification & TIMEOUT_CONTEXT_INVALID) {
        report_and_stop(vcpu, STATUS_STOPPED,
                        "an instruction of the guest's has never ended, and its state is lost");
    }
    event_recover(vcpu, qualification);
}

/*
 * With the lock held the vCPU may have to sleep until an NMI wakes it, but after an NMI exit the
 * CPU takes no NMI before an IRET. altview judges the NMI of the exit before those that wait.
 */
static void serve_exception(struct vcpu *vcpu, uint64_t reason, exit_handler *handle)
{
    if (vmx_exit_by_nmi(vcpu, reason)) {
        event_nmi_in_root(vcpu);
        event_unblock_nmis();
        exit_serve_alone(vcpu, reason, handle);
    } else if (vendor_exit_is_ud(vcpu, reason)) {
        exit_serve_ud(vcpu, reason, handle);
    } else {
        exit_serve_with_lock(vcpu, reason, handle);
    }
}

/* How altview serves each exit: with the domain's lock, except for handlers that touch only their
 * own vCPU. NULL: altview does not serve it, and reason_kind says what to do. */
#define LOCKED(handler)                                                                            \
    {                                                                                              \
        handler, exit_serve_with_lock                                                              \
    }
#define ALONE(handler)                                                                             \
    {                                                                                              \
        handler, exit_serve_alone                                                                  \
    }

const struct exit_row exit_rows[EXIT_REASONS] = {
    [REASON_EXCEPTION] = {exception_or_nmi, serve_exception},
    [REASON_TRIPLE_FAULT] = LOCKED(life_triple_fault),
    [REASON_INIT] = LOCKED(exit_init),
    [REASON_SIPI] = LOCKED(stray_sipi),
    [REASON_INTERRUPT_WINDOW] = LOCKED(upcall_window),
    [REASON_NMI_WINDOW] = ALONE(event_nmi_window),
    [REASON_TASK_SWITCH] = LOCKED(task_switch),
    [REASON_CPUID] = ALONE(cpuid_handle),
    [REASON_INVD] = ALONE(exit_invd),
    [REASON_VMCALL] = {exit_hypercall, exit_serve_hypercall},
    [REASON_CR_ACCESS] = LOCKED(control_register_handle),
    [REASON_IO] = LOCKED(permission_handle_port),
    [REASON_RDMSR] = LOCKED(msr_handle_read),
    [REASON_WRMSR] = LOCKED(msr_handle_write),
    [REASON_MONITOR_TRAP] = LOCKED(exit_stepped),
    [REASON_EPT_VIOLATION] = LOCKED(violation_handle),
    [REASON_EPT_MISCONFIGURATION] = LOCKED(misconfiguration),
    [REASON_TIMER] = LOCKED(exit_timer),
    [REASON_XSETBV] = LOCKED(xsetbv_handle),
    [REASON_VMFUNC] = LOCKED(monitor_vmfunc_refused),
    [REASON_INSTRUCTION_TIMEOUT] = LOCKED(instruction_timeout),
    [REASON_UNSERVED] = ALONE(exit_no_such_instruction),
};

void exit_check_handlers(void)
{
    for (unsigned int i = 0; i < REASON_UNSERVED; i++) {
        debug_assert((exit_rows[i].handle != NULL) == (reason_kind(i) == REASON_IS_SERVED));
    }
}

/*
 * Bochs 2.7 does not wrap RIP where code runs over the end of 4 GiB, and then refuses to enter with
 * the RIP that it has saved. True: RIP is wrapped, so enter again.
 */
static bool wrap_rip(uint64_t reason)
{
    uint64_t rip = vmread(VMCS_GUEST_RIP), wrapped = event_wrapped(rip);

    if (reason != (REASON_GUEST_STATE | REASON_ENTRY_FAILED) || rip == wrapped) {
        return false;
    }
    vmwrite(VMCS_GUEST_RIP, wrapped);
    return true;
}

/*
 * The reason whose handler serves an exit, if the number alone does not give it: the number has
 * more bits (the guest was in an enclave: SDM Vol. 3C 28.2.1), or the exit is of an instruction
 * that the guest's CPU does not have. EXIT_REASONS: no handler.
 */
static uint64_t find_handler(const struct vcpu *vcpu, uint64_t reason)
{
    uint64_t basic = reason & REASON_BASIC;

    if (reason & REASON_ENTRY_FAILED) {
        return EXIT_REASONS;
    }
    if (reason_kind(basic) == REASON_IS_INSTRUCTION &&
        !(vmread(VMCS_VECTORING_EVENT) & EVENT_VALID)) {
        basic = REASON_UNSERVED;
    }
    return basic < EXIT_REASONS && vcpu->vmx.rows[basic].handle ? basic : EXIT_REASONS;
}

/* Call the handler of a counted exit, and prepare the next entry. */
static inline void serve(struct vcpu *vcpu, uint64_t reason)
{
    const struct exit_row *row = &vcpu->vmx.rows[reason];

    vcpu->moment++;
    row->serve(vcpu, reason, row->handle);
}

/* An exit whose number has no handler. */
__attribute__((noinline, cold)) static void handle_unserved(struct vcpu *vcpu, uint64_t reason)
{
    uint64_t basic = reason & REASON_BASIC, served = find_handler(vcpu, reason);

    if (served < EXIT_REASONS) {
        vcpu->exit_counts[basic < EXIT_REASONS ? basic : served]++;
        serve(vcpu, served);
        return;
    }
    if (!wrap_rip(reason)) {
        report_unserved(vcpu);
    }
    entry_prepare(vcpu);
}

static void vmx_handle_exit(struct vcpu *vcpu);

/* The guest has moved to another view. A separate function, so that the common exit needs no
 * frame. */
__attribute__((noinline)) static void find_view_and_handle(struct vcpu *vcpu)
{
    vmx_refresh_view(vcpu);
    vmx_handle_exit(vcpu);
}

static void vmx_handle_exit(struct vcpu *vcpu)
{
    uint64_t reason = vmread_sure(VMCS_EXIT_REASON);

    if (vmx_view_is_stale(vcpu)) {
        find_view_and_handle(vcpu);
        return;
    }
    vcpu->rewritten = AS_IT_LEFT;
    __atomic_store_n(&vcpu->in_guest, false, __ATOMIC_RELEASE);
    window_open();
    if (reason >= EXIT_REASONS || !vcpu->vmx.rows[reason].handle) {
        handle_unserved(vcpu, reason);
        return;
    }
    vcpu->exit_counts[reason]++;
    serve(vcpu, reason);
}

void vendor_serve_exits(struct vcpu *vcpu)
{
    vcpu->handle_exit = vmx_handle_exit;
    vcpu->vmx.rows = exit_rows;
}
