/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/exit.h"

#include "base/index.h"
#include "core/control_registers.h"
#include "core/domain.h"
#include "core/vcpu_view.h"
#include "svm/step.h"
#include "svm/svm.h"

#define REX_R 0x4
#define REX_B 0x1
#define RSP   4U

/* 0F 22 /number: MOV to CR `number`. *source: the register that is moved. */
static bool is_mov(const struct svm_code *code, unsigned int number, size_t *source)
{
    const uint8_t *opcode = code->opcode;

    *source = (code->rex & REX_B ? 8U : 0) + (opcode[2] & 7U);
    return opcode[0] == 0x0f && opcode[1] == 0x22 && !(code->rex & REX_R) &&
           (opcode[2] >> 3 & 7U) == number;
}

/* False: no MOV to CR `number` is at RIP. *value: what it writes; *bits: of code. */
static bool decode_mov(struct vcpu *vcpu, unsigned int number, uint64_t *value, unsigned int *bits)
{
    struct svm_code code;
    size_t source;

    svm_code_read(vcpu, &code);
    *bits = code.bits;
    if (!is_mov(&code, number, &source) ||
        !index_clamp(&source, INDEX_COUNT(vcpu->registers.numbered))) {
        return false;
    }
    *value = source == RSP ? vcpu->svm.vmcb->rsp : vcpu->registers.numbered[source];
    return true;
}

/* In a guest Bochs 2.7 lets a MOV set CR0.PG with PE off, and ends over it in 64-bit mode. */
static bool would_page_in_real_mode(struct vcpu *vcpu)
{
    unsigned int bits;
    uint64_t value;

    return decode_mov(vcpu, 0, &value, &bits) && value & CR0_PG && !(value & CR0_PE);
}

void control_register_try(struct vcpu *vcpu)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    if (would_page_in_real_mode(vcpu)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vcpu->svm.tried = (struct svm_tried){
        .on = true,
        .cr0 = vmcb->cr0,
        .cr3 = vmcb->cr3,
        .cr4 = vmcb->cr4,
        .efer = vmcb->efer | (vcpu->svm.step.on ? vcpu->svm.step.sce : 0), /* what the guest has */
        .rip = vmcb->rip,
    };
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
    exchange(&vmcb->cr3, &tried->cr3);
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

/* Does a monitor want to know? */
static bool is_watched(const struct vcpu *vcpu, const struct svm_tried *tried)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;

    return (tried->cr0 ^ vmcb->cr0) & register_watched(vcpu, ALTVIEW_EVENT_CR0) ||
           (tried->cr3 ^ vmcb->cr3) & register_watched(vcpu, ALTVIEW_EVENT_CR3) ||
           (tried->cr4 ^ vmcb->cr4) & register_watched(vcpu, ALTVIEW_EVENT_CR4);
}

void control_register_settle(struct vcpu *vcpu)
{
    bool refused = is_refused(vcpu->svm.vmcb);
    bool trapped = vcpu->svm.vmcb->exit_code == SVM_EXIT_EXCEPTION(VECTOR_DB);
    struct svm_tried *tried = &vcpu->svm.tried;

    tried->on = false;
    svm_watch_control_registers(vcpu, true);
    exchange_all(vcpu->svm.vmcb, tried);
    if (refused || !admits(vcpu, tried)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
    } else if (is_watched(vcpu, tried)) {
        /* after another exit, such as an SMI's, the instruction is executed again */
        tried->asks = trapped ? vcpu->exit_counts[REASON_EXCEPTION] + 1 : tried->asks;
    } else {
        exchange_all(vcpu->svm.vmcb, tried);
    }
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* of the known bits of the guest's tables */
}

/* An instruction changes one of them, and CR0's the state of long mode with it. The monitor may set
 * CR3 itself, which holds unless the instruction writes it. */
static enum write_decision ask_and_write(struct vcpu *vcpu, struct svm_tried *tried)
{
    struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t *now = &vmcb->cr4, *next = &tried->cr4;
    enum altview_event_type type = ALTVIEW_EVENT_CR4;
    enum write_decision decision;

    if (tried->cr0 != vmcb->cr0) {
        type = ALTVIEW_EVENT_CR0, now = &vmcb->cr0, next = &tried->cr0;
    } else if (tried->cr3 != vmcb->cr3) {
        type = ALTVIEW_EVENT_CR3, now = &vmcb->cr3, next = &tried->cr3;
    }
    decision = register_may_change(vcpu, type, *next, *now);
    if (decision == WRITE_ALLOWED) {
        *now = *next;
        vmcb->efer = type == ALTVIEW_EVENT_CR0 ? tried->efer : vmcb->efer;
    }
    return decision;
}

bool control_register_ask(struct vcpu *vcpu)
{
    struct svm_tried *tried = &vcpu->svm.tried;
    struct vmcb *vmcb = vcpu->svm.vmcb;
    uint64_t rip = vmcb->rip;

    if (ask_and_write(vcpu, tried) == WRITE_ENDED) {
        vcpu->svm.step.ended = false;
        return false;
    }
    if (vmcb->rip == rip) { /* else the monitor has set it */
        vmcb->rip = tried->rip;
    }
    vcpu->moment++;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
    return true;
}

bool control_register_is_reserved_cr3(struct vcpu *vcpu)
{
    uint64_t value, reserved = ~UINT64_C(0) << (vcpu->domain->gfn_bits + ALTP2M_PAGE_SHIFT);
    unsigned int bits;

    return vcpu->svm.tcg && decode_mov(vcpu, 3, &value, &bits) && bits == 64 && value & reserved;
}

void control_register_set_cr3(struct vcpu *vcpu, uint64_t value)
{
    if (vcpu->svm.tried.on) {
        svm_step_abandon(vcpu); /* the try was from the old value */
    }
    vcpu->svm.vmcb->cr3 = value;
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}
