/* SPDX-License-Identifier: BSD-2-Clause */
/* The exits of MSRs and ports that the maps name. */
#include "base/index.h"
#include "core/vcpu_view.h"
#include "run/permission.h"
#include "svm/exit.h"
#include "svm/svm.h"

/* EXITINFO1 of the two exits. */
#define INFO_WRITE      UINT64_C(1)
#define INFO_IN         (UINT64_C(1) << 0)
#define INFO_STRING     (UINT64_C(1) << 2)
#define INFO_SIZE_SHIFT 4 /* one bit of three: 1, 2, 4 bytes */
#define INFO_PORT_SHIFT 16

/* The bits of the guest's EFER. The others are SVM's, or AMD's own bits that no kernel needs. */
#define EFER_WRITTEN (EFER_SCE | EFER_LME | EFER_NXE)

static void read_efer(struct vcpu *vcpu)
{
    uint64_t value = guest_get(vcpu, GUEST_EFER);

    vcpu->registers.rax = (uint32_t)value;
    vcpu->registers.rdx = value >> 32;
    event_skip_instruction(vcpu);
}

/* APM Vol. 2 3.1.7. The CPU sets LMA. The guest may write back the value that it has read. */
static void write_efer(struct vcpu *vcpu)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t value = (uint32_t)vcpu->registers.rax | vcpu->registers.rdx << 32;
    bool pages = vmcb->cr0 & CR0_PG;

    if (value & ~(EFER_WRITTEN | EFER_LMA) || (pages && (value ^ vmcb->efer) & EFER_LME)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vmcb->efer = (value & EFER_WRITTEN) | (vmcb->efer & EFER_LMA) | EFER_SVME;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* NXE defines bit 63 */
    event_skip_instruction(vcpu);
}

/* All of it is off, and stays so. */
static void read_debugctl(struct vcpu *vcpu)
{
    vcpu->registers.rax = vcpu->registers.rdx = 0;
    event_skip_instruction(vcpu);
}

static void write_debugctl(struct vcpu *vcpu)
{
    if ((uint32_t)vcpu->registers.rax | (uint32_t)vcpu->registers.rdx) {
        event_raise_error(vcpu, VECTOR_GP, 0);
    } else {
        event_skip_instruction(vcpu);
    }
}

/* MSRs that differ from VT-x. */
static const struct {
    uint32_t msr;
    exit_handler *read, *write;
} own[] = {
    {MSR_IA32_EFER, read_efer, write_efer},
    {MSR_IA32_DEBUGCTL, read_debugctl, write_debugctl},
};

void permission_handle_msr(struct vcpu *vcpu)
{
    bool write = vcpu->svm.vmcb->exit_info1 & INFO_WRITE;

    for (size_t i = 0; i < INDEX_COUNT(own); i++) {
        if (own[i].msr == (uint32_t)vcpu->registers.rcx) {
            (write ? own[i].write : own[i].read)(vcpu);
            return;
        }
    }
    (write ? msr_handle_write : msr_handle_read)(vcpu);
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
