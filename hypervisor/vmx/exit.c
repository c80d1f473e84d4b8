/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/exit.h"

#include "base/log.h"
#include "cpu/x86.h"
#include "monitor/monitor.h"
#include "vmx/control_registers.h"
#include "vmx/cpuid.h"
#include "vmx/event.h"
#include "vmx/msr.h"
#include "vmx/report.h"
#include "vmx/step.h"
#include "vmx/timer.h"
#include "vmx/violation.h"
#include "vmx/vmx.h"
#include "xen/face.h"

#include <stddef.h>

#define REASON_INIT          3
#define REASON_SIPI          4
#define REASON_EPT_VIOLATION 48

#define STRAY_SIGNALS_MAX 10

/* Qualification of an I/O exit (SDM Vol. 3C table 28-5). */
#define IO_SIZE(q) (((q)&7) + 1)
#define IO_IN      (UINT64_C(1) << 3)
#define IO_STRING  (UINT64_C(1) << 4)
#define IO_PORT(q) ((unsigned int)((q) >> 16 & 0xffff))

static void triple_fault(struct vcpu *vcpu)
{
    report_and_stop(vcpu, STATUS_TRIPLE_FAULT, "the guest triple-faulted");
}

static void misconfiguration(struct vcpu *vcpu)
{
    report_and_stop(vcpu, STATUS_PANIC, "EPT misconfiguration: an entry of ours is malformed");
}

/*
 * INIT and SIPI: the guest's only CPU has nobody to send them but itself. Bochs 2.7 never takes an
 * INIT back: the exits would not end.
 */
static void stray_signal(struct vcpu *vcpu)
{
    uint64_t count = vcpu->exit_counts[REASON_INIT] + vcpu->exit_counts[REASON_SIPI];

    if (count > STRAY_SIGNALS_MAX) {
        report_and_stop(vcpu, STATUS_STOPPED, "INIT or SIPI to the guest's only CPU");
    }
    log_line("vCPU %u: stray INIT or SIPI, ignored", vcpu->altp2m->id);
}

/* VMX instructions: to the guest this CPU has no VMX. */
static void no_such_instruction(struct vcpu *vcpu)
{
    (void)vcpu;
    event_raise(VECTOR_UD);
}

/* INVD would drop the hypervisor's dirty lines with the guest's. */
static void invd(struct vcpu *vcpu)
{
    (void)vcpu;
    wbinvd();
    event_skip_instruction();
}

/* The stepped instruction is done; step_leave has put its pages back already. */
static void stepped(struct vcpu *vcpu)
{
    (void)vcpu;
}

/* So it may be, or it is time to look at the control port. */
static void timer_expired(struct vcpu *vcpu)
{
    timer_rest(vcpu);
    vcpu->next_poll = 0;
    monitor_attend(vcpu);
}

/* The hypervisor's serial port: to the guest there is none. */
static void port_access(struct vcpu *vcpu)
{
    uint64_t qualification = vmread(VMCS_QUALIFICATION);
    uint64_t mask = ~UINT64_C(0) >> (64 - 8 * IO_SIZE(qualification));

    if (!vcpu->com2_told) {
        vcpu->com2_told = true;
        log_line("the guest uses port 0x%x, which is the hypervisor's: reads give ones, "
                 "writes vanish (logged once)",
                 IO_PORT(qualification));
    }
    if (qualification & IO_STRING) {
        event_raise_error(VECTOR_GP, 0);
        return;
    }
    if (qualification & IO_IN) {
        vcpu->registers.rax |= mask;
    }
    event_skip_instruction();
}

exit_handler *const exit_handlers[EXIT_REASONS] = {
    [0] = event_nmi, /* the exception bitmap is empty */
    [2] = triple_fault,
    [REASON_INIT] = stray_signal,
    [REASON_SIPI] = stray_signal,
    [8] = event_nmi_window,
    [10] = cpuid_handle,
    [11] = no_such_instruction, /* GETSEC */
    [13] = invd,
    [18] = xen_handle_hypercall,
    [19] = no_such_instruction, /* VMCLEAR to VMXON */
    [20] = no_such_instruction,
    [21] = no_such_instruction,
    [22] = no_such_instruction,
    [23] = no_such_instruction,
    [24] = no_such_instruction,
    [25] = no_such_instruction,
    [26] = no_such_instruction,
    [27] = no_such_instruction,
    [28] = control_register_handle,
    [30] = port_access,
    [31] = msr_handle_read,
    [32] = msr_handle_write,
    [37] = stepped,
    [REASON_EPT_VIOLATION] = violation_handle,
    [49] = misconfiguration,
    [50] = no_such_instruction, /* INVEPT */
    [52] = timer_expired,
    [53] = no_such_instruction, /* INVVPID */
    [55] = xsetbv_handle,
    [59] = monitor_vmfunc_refused,
};

__attribute__((noreturn, cold)) static void not_served(struct vcpu *vcpu)
{
    report_and_stop(vcpu, STATUS_STOPPED, "the guest did something altview does not serve");
}

/* The guest was stepping, or the monitor is due. Apart, so that the common exit needs no frame. */
__attribute__((noinline)) static void handle_with_care(struct vcpu *vcpu, uint64_t reason)
{
    vcpu->calm = MONITOR_EXITS;
    if (vcpu->step.active) {
        step_leave(vcpu, reason == REASON_EPT_VIOLATION);
    }
    vcpu->handlers[reason](vcpu);
    monitor_attend(vcpu);
    if (vcpu->step.every) {
        monitor_step(vcpu);
    }
}

/* The guest has changed its view. Apart as well. */
__attribute__((noinline)) static void handle_elsewhere(struct vcpu *vcpu, uint64_t reason)
{
    vmx_find_view(vcpu, vmread(VMCS_EPT_POINTER));
    if (!--vcpu->calm) {
        handle_with_care(vcpu, reason);
        return;
    }
    vcpu->handlers[reason](vcpu);
}

void vmx_handle_exit(struct vcpu *vcpu)
{
    uint64_t reason = vmread(VMCS_EXIT_REASON);

    if (reason >= EXIT_REASONS || !vcpu->handlers[reason]) {
        not_served(vcpu);
    }
    vcpu->moment++;
    vcpu->exit_counts[reason]++;
    if (vmx_view_is_stale(vcpu)) {
        handle_elsewhere(vcpu, reason);
        return;
    }
    if (!--vcpu->calm) {
        handle_with_care(vcpu, reason);
        return;
    }
    vcpu->handlers[reason](vcpu);
}
