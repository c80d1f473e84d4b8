/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction by RFLAGS.TF. The guest is not to see ours: where an instruction stores the flags
 * or loads them, step.c puts right what it has left. Behind MOV SS and POP SS the CPU holds the
 * trap off, and the next instruction goes along (APM Vol. 2 13.1.4).
 */
#ifndef SVM_STEP_H
#define SVM_STEP_H

#include "core/vcpu.h"

/* Execute one instruction on the vCPU's next entry, unless that is a step already. */
void svm_step_once(struct vcpu *vcpu);

/* Its vCPU begins anew: put back what a step has changed, and what it was to try. */
void svm_step_abandon(struct vcpu *vcpu);

/* Not now, after all: what has begun has not been entered with. */
void svm_step_take_back(struct vcpu *vcpu);

/* step/decode.c: what the instruction at RIP does to the flags, and what it raises. Sets no more of
 * the step. */
void svm_step_decode(struct vcpu *vcpu, struct svm_step *step);

/* Of the INT n, INT3 or INTO at RIP; 0: it is none of them. */
uint64_t svm_interrupt_length(struct vcpu *vcpu);

/* The same of the one that has just left the guest by the intercept of INT n, and what it raises.
 * 0: another instruction stands there by now, which is to be executed. QEMU 7.2 takes INT3 and INTO
 * for INT n. */
uint64_t svm_interrupt_met(struct vcpu *vcpu, uint64_t *event);

/* First of all after an exit: if a step was on, the guest's registers are what they are without
 * one. */
void svm_step_settle(struct vcpu *vcpu);

#endif
