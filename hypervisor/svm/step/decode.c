/* SPDX-License-Identifier: BSD-2-Clause */
/* The effects of the instruction at RIP that a step must correct. */
#include "control/prefix.h"
#include "core/domain.h"
#include "guestmem/code.h"
#include "svm/step.h"
#include "svm/svm.h"

#define SYSCALL 0x05 /* behind 0x0f */
#define SYSRET  0x07

/* Zeros follow what can't be read: the opcode may be no zero. */
static bool is_read(const struct svm_code *code)
{
    return code->prefixes + 2 <= code->count;
}

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
    unsigned int at = 0;

    *code = (struct svm_code){.bits = 0};
    code->count = guest_code_anyhow(vcpu, code->bytes, INSTRUCTION_MAX, &code->bits);
    while (at < code->count && prefix_is_one(code->bytes[at], code->bits)) {
        at++;
    }
    code->prefixes = at;
    code->opcode = code->bytes + at;
    if (at && prefix_is_rex(code->bytes[at - 1], code->bits)) {
        code->rex = code->bytes[at - 1];
    }
}

/* Outside of long mode they do not use R11 (APM Vol. 3, SYSCALL and SYSRET). */
static void decode_system_call(struct svm_step *step, uint8_t opcode, bool long_mode)
{
    if (opcode == SYSCALL || opcode == SYSRET) {
        step->uses = SVM_STEP_USES_SCE;
    }
    if (opcode == SYSCALL && long_mode) {
        step->flags = FLAGS_TO_R11;
    } else if (opcode == SYSRET && long_mode) {
        step->flags = FLAGS_FROM_R11;
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
    step->uses = is_read(&code) ? 0 : SVM_STEP_USES;
    switch (code.opcode[0]) {
    case 0x9c: /* PUSHF */
        step->flags = FLAGS_PUSHED;
        step->uses = INTERCEPT_PUSHF;
        break;
    case 0x9d: /* POPF */
        step->flags = FLAGS_LOADED;
        step->uses = INTERCEPT_POPF;
        break;
    case 0xcf: /* IRET */
        step->flags = FLAGS_LOADED;
        step->uses = INTERCEPT_IRET;
        break;
    case 0xfb: /* STI */
        step->opened = vmcb->rflags & RFLAGS_IF ? 0 : vmcb->rip + code.prefixes + 1;
        break;
    case 0x0f: /* SYSCALL, SYSRET */
        decode_system_call(step, code.opcode[1], vmcb->efer & EFER_LMA);
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

bool svm_step_hid_system_call(struct vcpu *vcpu)
{
    bool hid = vcpu->svm.step.sce;
    struct svm_code code;

    vcpu->svm.step.sce = 0;
    if (!hid) {
        return false;
    }
    svm_code_read(vcpu, &code);
    return code.opcode[0] == 0x0f && (code.opcode[1] == SYSCALL || code.opcode[1] == SYSRET);
}
