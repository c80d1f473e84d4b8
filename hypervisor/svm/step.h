/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single steps by RFLAGS.TF. The guest must not see altview's TF: if an instruction stores or loads
 * the flags, step.c corrects the result. After MOV SS and POP SS the CPU delays the trap, so the
 * step includes the next instruction (APM Vol. 2 13.1.4). If that one uses the flags, it makes the
 * vCPU exit, and gets its own step.
 */
#ifndef SVM_STEP_H
#define SVM_STEP_H

#include "core/vcpu.h"

/* Execute one instruction on the vCPU's next entry, unless that entry is a step already. */
void svm_step_once(struct vcpu *vcpu);

/* The vCPU starts anew: undo a step's changes, and a try. */
void svm_step_abandon(struct vcpu *vcpu);

/* Cancel the step that has begun: the vCPU has not entered with it. */
void svm_step_take_back(struct vcpu *vcpu);

/* In step/decode.c, as the next four. The instruction at RIP; zeros where it can't be read. */
#define INSTRUCTION_MAX 15
struct svm_code {
    uint8_t bytes[INSTRUCTION_MAX + 3]; /* all may be prefixes */
    const uint8_t *opcode;              /* behind the prefixes; three bytes are there */
    unsigned int prefixes;              /* how many */
    unsigned int count;                 /* bytes that could be read */
    unsigned int bits;                  /* 16, 32 or 64 */
    uint8_t rex;                        /* 0: there is none */
};
void svm_code_read(struct vcpu *vcpu, struct svm_code *code);

/* The effect of the instruction at RIP on the flags, and the exception that it raises. Sets no
 * other fields of the step. */
void svm_step_decode(struct vcpu *vcpu, struct svm_step *step);

/* The exit is the #UD of a SYSCALL or SYSRET that the step, of the instruction before it, has kept
 * from executing. The vCPU executes it next. */
bool svm_step_hid_system_call(struct vcpu *vcpu);

/* The length of the INT n, INT1, INT3 or INTO at RIP; 0: it is none of them. */
uint64_t svm_interrupt_length(struct vcpu *vcpu);

/* The same for the instruction of this exit by the intercept of INT n, and the exception that it
 * raises. 0: there is another instruction by now, which the vCPU must execute. QEMU 7.2 treats INT3
 * and INTO as INT n. */
uint64_t svm_interrupt_met(struct vcpu *vcpu, uint64_t *event);

/* Call it first after an exit: after a step it restores the guest's registers to their values
 * without a step. */
void svm_step_settle(struct vcpu *vcpu);

#endif
