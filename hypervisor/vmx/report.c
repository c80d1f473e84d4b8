/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/report.h"

#include "base/log.h"
#include "control/exit_reason.h"
#include "monitor/monitor.h"
#include "vmx/instructions.h"
#include "vmx/vmx.h"

#include <stddef.h>

static void report_registers(const struct guest_registers *r)
{
    static const char *const register_names[16] = {
        "RAX", "RCX", "RDX", "RBX", "",    "RBP", "RSI", "RDI",
        "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15",
    };
    static const uint8_t order[15] = {0, 3, 1, 2, 6, 7, 5, 8, 9, 10, 11, 12, 13, 14, 15};

    for (size_t i = 0; i < sizeof(order); i += 3) {
        log_line("  %s %016lx  %s %016lx  %s %016lx", register_names[order[i]],
                 r->numbered[order[i]], register_names[order[i + 1]], r->numbered[order[i + 1]],
                 register_names[order[i + 2]], r->numbered[order[i + 2]]);
    }
}

void report(struct vcpu *vcpu)
{
    uint32_t reason = (uint32_t)vmread(VMCS_EXIT_REASON);

    vmx_refresh_view(vcpu);
    log_line("vCPU %u stopped in view %u: exit reason %u (%s%s), qualification 0x%lx",
             vcpu->altp2m->id, vcpu->altp2m->view, reason & 0xffff,
             reason >> 31 ? "entry failure, " : "", exit_reason_name(reason & 0xffff),
             vmread(VMCS_QUALIFICATION));
    log_line("  guest-physical %lx  linear %lx  vectoring %lx", vmread(VMCS_GUEST_PHYSICAL),
             vmread(VMCS_GUEST_LINEAR), vmread(VMCS_VECTORING_EVENT));
    log_line("  RIP %016lx  RSP %016lx  RFLAGS %lx", vmread(VMCS_GUEST_RIP), vmread(VMCS_GUEST_RSP),
             vmread(VMCS_GUEST_RFLAGS));
    log_line("  CR0 %lx  CR3 %lx  CR4 %lx  EFER %lx", vmread(VMCS_GUEST_CR0),
             vmread(VMCS_GUEST_CR3), vmread(VMCS_GUEST_CR4), vmread(VMCS_GUEST_EFER));
    report_registers(&vcpu->registers);
}

void report_and_stop(struct vcpu *vcpu, enum status status, const char *why)
{
    report(vcpu);
    monitor_end(vcpu->domain, status, "%s (RIP 0x%lx, view %u)", why, vmread(VMCS_GUEST_RIP),
                vcpu->altp2m->view);
}
