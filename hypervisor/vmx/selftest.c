/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does the monitor trap flag work? Bochs 2.7 offers it and ignores it. altview lets the guest run
 * NOPs and a VMCALL, written over its entry point for the moment, with the flag set. The first exit
 * gives the answer.
 */
#include "base/log.h"
#include "base/string.h"
#include "core/timer.h"
#include "memory/pages.h"
#include "run/exit.h"
#include "vmx/instructions.h"
#include "vmx/vmx.h"

#include <stddef.h>

static const uint8_t probe[SELFTEST_BYTES] = {0x90, 0x90, 0x90, 0x0f, 0x01, 0xc1};

static uint8_t *code(const struct vcpu *vcpu)
{
    return virt_of(vcpu->vmx.selftest.entry); /* guest RAM is identity-mapped and paging is off */
}

static void start_guest(struct vcpu *vcpu)
{
    memcpy(code(vcpu), vcpu->vmx.selftest.saved, SELFTEST_BYTES);
    vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, false);
    vmwrite(VMCS_GUEST_RIP, vcpu->vmx.selftest.entry);
    vcpu->vmx.rows = exit_rows;
    memset(vcpu->exit_counts, 0, sizeof(vcpu->exit_counts));
}

static void conclude(struct vcpu *vcpu, bool flag_works)
{
    start_guest(vcpu);
    vcpu->vmx.step.by_flag = flag_works;
    timer_rest(vcpu);
    log_line("single steps by %s", flag_works ? "monitor trap flag" : "preemption timer");
}

static void trapped(struct vcpu *vcpu)
{
    conclude(vcpu, true);
}

static void ran_through(struct vcpu *vcpu)
{
    if (!vmx_can(&vcpu->vmx.controls, CONTROL_PIN, PIN_PREEMPTION_TIMER)) {
        report_and_stop(vcpu, STATUS_BAD_MACHINE,
                        "this CPU has neither a monitor trap flag that works nor a VMX "
                        "preemption timer: no way to single-step");
    }
    conclude(vcpu, false);
}

static const struct exit_row probe_rows[EXIT_REASONS] = {
    [REASON_VMCALL] = {ran_through, exit_serve_with_lock},
    [REASON_MONITOR_TRAP] = {trapped, exit_serve_with_lock},
};

void selftest_prepare(struct vcpu *vcpu, uint64_t entry)
{
    exit_check_handlers();
    vcpu->vmx.selftest.entry = entry;
    memcpy(vcpu->vmx.selftest.saved, code(vcpu), SELFTEST_BYTES);
    memcpy(code(vcpu), probe, SELFTEST_BYTES);
    if (vmx_can(&vcpu->vmx.controls, CONTROL_PROCESSOR, PROCESSOR_MONITOR_TF)) {
        vmx_set_processor(vcpu, PROCESSOR_MONITOR_TF, true);
    }
    vcpu->vmx.rows = probe_rows;
}
