/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "guestmem/code.h"
#include "vmx/instructions.h"
#include "vmx/report/report_text.h"
#include "vmx/vmx.h"
#include "x86/x86.h"

/* The registers that VMX does not switch still hold the guest's values. */
static void fetch(struct report_state *s, struct vcpu *vcpu)
{
    *s = (struct report_state){
        .vcpu = vcpu->altp2m->id,
        .view = vcpu->altp2m->view,
        .registers = vcpu->registers,
        .cr2 = read_cr2(),
        .dr = {read_dr0(), read_dr1(), read_dr2(), read_dr3()},
        .dr6 = read_dr6(),
        .read = vmread_if_there,
    };
    s->code_size = guest_code(vcpu, s->code, sizeof(s->code), &s->code_at, &s->code_bits);
}

void report(struct vcpu *vcpu)
{
    struct report_state state;

    vmx_refresh_view(vcpu);
    fetch(&state, vcpu);
    report_write(&state);
}

void vmx_entry_failed(struct vcpu *vcpu)
{
    report(vcpu);
    vmx_failed("VM entry", vcpu->vmx.vmcs_page, VMX_FAIL_VALID);
}
