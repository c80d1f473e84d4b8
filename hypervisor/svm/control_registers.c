/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/exit.h"

#include "base/index.h"
#include "core/control_registers.h"
#include "core/domain.h"
#include "core/vcpu_view.h"
#include "guestmem/code.h"
#include "svm/step.h"
#include "svm/svm.h"

void control_register_try(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    vcpu->svm.tried = (struct svm_tried){
        .on = true, .cr0 = vmcb->cr0, .cr4 = vmcb->cr4, .efer = vmcb->efer, .rip = vmcb->rip};
    svm_watch_control_registers(vcpu, false);
    svm_step_once(vcpu);
}

static void exchange(uint64_t *one, uint64_t *other)
{
    uint64_t kept = *one;

    *one = *other;
    *other = kept;
}

/* The values in the VMCB, and the values tried. */
static void exchange_all(struct vmcb *vmcb, struct svm_tried *tried)
{
    exchange(&vmcb->cr0, &tried->cr0);
    exchange(&vmcb->cr4, &tried->cr4);
    exchange(&vmcb->efer, &tried->efer);
    exchange(&vmcb->rip, &tried->rip);
}

static bool admits(const struct vcpu *vcpu, const struct svm_tried *tried)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return (tried->cr0 == vmcb->cr0 || control_register_admits_cr0(vcpu, tried->cr0)) &&
           (tried->cr4 == vmcb->cr4 || control_register_admits_cr4(vcpu, tried->cr4));
}

/* QEMU 7.2 makes an invalid entry of an instruction whose value for CR4 has reserved bits. The next
 * steps are the same as after a trap. */
static bool is_refused(struct vmcb *vmcb)
{
    if (!svm_exit_is_invalid(vmcb->exit_code)) {
        return false;
    }
    vmcb->exit_code = SVM_EXIT_EXCEPTION(VECTOR_DB);
    return true;
}

void control_register_settle(struct vcpu *vcpu)
{
    bool refused = is_refused(vcpu->svm.vmcb);
    struct svm_tried *tried = &vcpu->svm.tried;

    tried->on = false;
    svm_watch_control_registers(vcpu, true);
    exchange_all(vcpu->svm.vmcb, tried);
    if (!refused && admits(vcpu, tried)) {
        exchange_all(vcpu->svm.vmcb, tried);
    } else {
        event_raise_error(vcpu, VECTOR_GP, 0);
    }
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* of the known bits of the guest's tables */
}

/* 0F 22 /3, with REX.B one of the upper eight registers. No other prefix is looked for. */
#define REX_B 0x41
#define RSP   4U

/* False: no MOV to CR3. *number: the register that is moved. */
static bool is_mov_to_cr3(const uint8_t *code, size_t *number)
{
    bool upper = code[0] == REX_B;
    const uint8_t *opcode = upper ? code + 1 : code;

    *number = (upper ? 8 : 0) + (opcode[2] & 7U);
    return opcode[0] == 0x0f && opcode[1] == 0x22 && (opcode[2] & 0xf8) == 0xd8;
}

bool control_register_is_reserved_cr3(struct vcpu *vcpu)
{
    uint8_t code[4] = {0};
    unsigned int bits;
    uint64_t value, reserved = ~UINT64_C(0) << (vcpu->domain->gfn_bits + ALTP2M_PAGE_SHIFT);
    size_t number;

    if (!vcpu->svm.tcg || !guest_code_anyhow(vcpu, code, sizeof(code), &bits) || bits != 64 ||
        !is_mov_to_cr3(code, &number) ||
        !index_clamp(&number, INDEX_COUNT(vcpu->registers.numbered))) {
        return false;
    }
    value = number == RSP ? vcpu->svm.vmcb->rsp : vcpu->registers.numbered[number];
    return value & reserved;
}

void control_register_set_cr3(struct vcpu *vcpu, uint64_t value)
{
    vcpu->svm.vmcb->cr3 = value;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}
