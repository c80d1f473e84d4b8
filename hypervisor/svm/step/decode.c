/* SPDX-License-Identifier: BSD-2-Clause */
/* The effects of the instruction at RIP that a step must correct. */
#include "control/prefix.h"
#include "core/domain.h"
#include "guestmem/code.h"
#include "svm/step.h"
#include "svm/svm.h"

/* INT n, INT1, INT3, INTO: the exception, and the length of the instruction. */
static void decode_interrupt(struct svm_step *step, const struct svm_code *code)
{
    switch (code->opcode[0]) {
    case 0xcc:
        step->event = SVM_EVENT_EXCEPTION | VECTOR_BP;
        step->length = (uint8_t)(code->prefixes + 1);
        break;
    case 0xcd:
        step->event = SVM_EVENT_SOFTWARE | code->opcode[1];
        step->length = (uint8_t)(code->prefixes + 2);
        break;
    case 0xce:
        step->event = SVM_EVENT_EXCEPTION | VECTOR_OF;
        step->length = (uint8_t)(code->prefixes + 1);
        break;
    case 0xf1:
        step->event = SVM_EVENT_EXCEPTION | VECTOR_DB;
        step->length = (uint8_t)(code->prefixes + 1);
        break;
    default:
        break;
    }
}

void svm_code_read(struct vcpu *vcpu, struct svm_code *code)
{
    unsigned int count, at = 0;

    *code = (struct svm_code){.bits = 0};
    count = guest_code_anyhow(vcpu, code->bytes, INSTRUCTION_MAX, &code->bits);
    while (at < count && prefix_is_one(code->bytes[at], code->bits)) {
        at++;
    }
    code->prefixes = at;
    code->opcode = code->bytes + at;
    if (at && prefix_is_rex(code->bytes[at - 1], code->bits)) {
        code->rex = code->bytes[at - 1];
    }
}

/* The instruction's effect on the flags that step.c must correct, and the exception that it
 * raises. */
void svm_step_decode(struct vcpu *vcpu, struct svm_step *step)
{
    const struct vmcb *vmcb = vcpu->svm.vmcb;
    struct svm_code code;

    svm_code_read(vcpu, &code);
    decode_interrupt(step, &code);
    step->flags = FLAGS_KEPT;
    switch (code.opcode[0]) {
    case 0x9c: /* PUSHF */
        step->flags = FLAGS_PUSHED;
        break;
    case 0x9d: /* POPF */
    case 0xcf: /* IRET */
        step->flags = FLAGS_LOADED;
        break;
    case 0xfb: /* STI */
        step->opened = vmcb->rflags & RFLAGS_IF ? 0 : vmcb->rip + code.prefixes + 1;
        break;
    case 0x0f: /* SYSCALL, SYSRET */
        step->flags = code.opcode[1] == 0x05   ? FLAGS_TO_R11
                      : code.opcode[1] == 0x07 ? FLAGS_LOADED
                                               : FLAGS_KEPT;
        break;
    default:
        break;
    }
}

/* One that was stepped in another view has been decoded there. */
uint64_t svm_interrupt_met(struct vcpu *vcpu, uint64_t *event)
{
    struct svm_step met = vcpu->svm.step;
    uint64_t rip = vcpu->svm.vmcb->rip;

    vcpu->svm.step.length = 0;
    if (!met.length && !vcpu->step.was_away) {
        met.rip = rip;
        svm_step_decode(vcpu, &met);
    }
    *event = met.event;
    return met.rip == rip ? met.length : 0;
}

uint64_t svm_interrupt_length(struct vcpu *vcpu)
{
    struct svm_step step = {.length = 0};

    svm_step_decode(vcpu, &step);
    return step.length;
}
