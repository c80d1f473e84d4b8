/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's registers, for the monitor. */
#include "base/string.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "x86/x86.h"

#define GPR_RSP 4

void monitor_get_general(const struct vcpu *vcpu, struct altview_general *to)
{
    memcpy(to->gpr, vcpu->registers.numbered, sizeof(to->gpr));
    to->gpr[GPR_RSP] = guest_get(vcpu, GUEST_RSP);
    to->rip = guest_get(vcpu, GUEST_RIP);
    to->rflags = guest_get(vcpu, GUEST_RFLAGS);
}

static uint16_t rights_of(const struct segment_state *s)
{
    return s->rights & RIGHTS_UNUSABLE ? 0 : (uint16_t)s->rights;
}

void monitor_get_mode(const struct vcpu *vcpu, struct control_mode *to)
{
    const struct segment_state cs = guest_segment(vcpu, CS);

    *to = (struct control_mode){
        .cr0 = guest_cr0(vcpu),
        .cr3 = guest_get(vcpu, GUEST_CR3),
        .cr4 = guest_cr4(vcpu),
        .efer = guest_get(vcpu, GUEST_EFER),
        .rflags = guest_get(vcpu, GUEST_RFLAGS),
        .cs_rights = rights_of(&cs),
    };
}

static void get_segments(const struct vcpu *vcpu, struct altview_segment *to)
{
    for (unsigned int i = 0; i < ALTVIEW_SEGMENTS; i++) {
        const struct segment_state s = guest_segment(vcpu, (enum segment)i);

        to[i] = (struct altview_segment){
            .base = s.base,
            .limit = s.limit,
            .selector = s.selector,
            .rights = rights_of(&s),
        };
    }
}

void monitor_get_registers(struct vcpu *vcpu, struct altview_registers *to)
{
    const struct guest_switched switched = guest_switched(vcpu);

    *to = (struct altview_registers){
        .cr0 = guest_cr0(vcpu),
        .cr2 = switched.cr2,
        .cr3 = guest_get(vcpu, GUEST_CR3),
        .cr4 = guest_cr4(vcpu),
        .efer = guest_get(vcpu, GUEST_EFER),
        .dr7 = guest_get(vcpu, GUEST_DR7),
        .pat = guest_get(vcpu, GUEST_PAT),
        .gdtr_base = guest_get(vcpu, GUEST_GDTR_BASE),
        .gdtr_limit = (uint32_t)guest_get(vcpu, GUEST_GDTR_LIMIT),
        .idtr_base = guest_get(vcpu, GUEST_IDTR_BASE),
        .idtr_limit = (uint32_t)guest_get(vcpu, GUEST_IDTR_LIMIT),
        .sysenter_cs = guest_get(vcpu, GUEST_SYSENTER_CS),
        .sysenter_esp = guest_get(vcpu, GUEST_SYSENTER_ESP),
        .sysenter_eip = guest_get(vcpu, GUEST_SYSENTER_EIP),
        .star = switched.star,
        .lstar = switched.lstar,
        .cstar = switched.cstar,
        .syscall_mask = switched.syscall_mask,
        .kernel_gs_base = switched.kernel_gs_base,
    };
    monitor_get_general(vcpu, &to->general);
    get_segments(vcpu, to->segments);
}

void monitor_set_registers(struct vcpu *vcpu, uint32_t mask, const struct altview_general *general,
                           uint64_t cr3)
{
    if (mask & ALTVIEW_SET_GPRS) {
        for (unsigned int i = 0; i < 16; i++) {
            vcpu->registers.numbered[i] = general->gpr[i];
        }
        guest_set(vcpu, GUEST_RSP, general->gpr[GPR_RSP]);
    }
    if (mask & ALTVIEW_SET_RIP) {
        guest_set(vcpu, GUEST_RIP, general->rip);
        guest_wake(vcpu); /* one that sleeps goes there too */
    }
    if (mask & ALTVIEW_SET_RFLAGS) {
        guest_set(vcpu, GUEST_RFLAGS, general->rflags);
    }
    if (mask & (ALTVIEW_SET_RIP | ALTVIEW_SET_RFLAGS)) {
        blocking_end(vcpu);
    }
    if (mask & ALTVIEW_SET_CR3) {
        control_register_set_cr3(vcpu, cr3);
    }
}
