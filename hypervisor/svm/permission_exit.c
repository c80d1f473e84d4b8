/* SPDX-License-Identifier: BSD-2-Clause */
/* The exits of MSRs and ports that the maps name. */
#include "run/permission.h"
#include "svm/exit.h"
#include "svm/svm.h"

/* EXITINFO1 of the two exits. */
#define INFO_WRITE      UINT64_C(1)
#define INFO_IN         (UINT64_C(1) << 0)
#define INFO_STRING     (UINT64_C(1) << 2)
#define INFO_SIZE_SHIFT 4 /* one bit of three: 1, 2, 4 bytes */
#define INFO_PORT_SHIFT 16

/* MSRs whose reads differ from VT-x. */
static void read_own(struct vcpu *vcpu, uint32_t msr)
{
    uint64_t value = 0;

    vendor_msr_get(vcpu, msr, &value);
    vcpu->registers.rax = (uint32_t)value;
    vcpu->registers.rdx = value >> 32;
    event_skip_instruction(vcpu);
}

void permission_handle_msr(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;

    if (vcpu->svm.vmcb->exit_info1 & INFO_WRITE) {
        msr_handle_write(vcpu);
    } else if (msr == MSR_IA32_EFER || msr == MSR_IA32_DEBUGCTL) {
        read_own(vcpu, msr);
    } else {
        msr_handle_read(vcpu);
    }
}

void permission_handle_port(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    const struct port_access access = {
        .port = (uint16_t)(vmcb->exit_info1 >> INFO_PORT_SHIFT),
        .size = vmcb->exit_info1 >> INFO_SIZE_SHIFT & 7,
        .in = vmcb->exit_info1 & INFO_IN,
        .string = vmcb->exit_info1 & INFO_STRING,
    };

    if (ports_handle(vcpu, &access)) {
        event_skip(vcpu, vmcb->exit_info2 - vmcb->rip); /* the next RIP, on any CPU */
    }
}
