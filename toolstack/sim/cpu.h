/* SPDX-License-Identifier: BSD-2-Clause */
/* A simulated vCPU executes its operation. */
#ifndef SIM_CPU_H
#define SIM_CPU_H

#include "toolstack/sim/domain.h"

/* The result of trying an instruction. */
enum sim_progress {
    SIM_AGAIN,    /* try it (again) */
    SIM_FINISHED, /* operation.result has its result */
    SIM_WAITS,    /* it waits for the answer to an event */
};

/* Start an operation. Its result, or -EINPROGRESS while it waits. */
int sim_cpu_start(struct sim_vcpu *v, const struct sim_operation *operation);
/* Go on with the waiting operation. Returns the same. */
int sim_cpu_resume(struct sim_vcpu *v);

/* instruction.c: the access of the current operation to that page. */
enum sim_progress sim_cpu_transfer(struct sim_vcpu *v, uint64_t mfn);
/* The operation has ended, with any result. Put the vCPU back into its view. */
enum sim_progress sim_cpu_finish(struct sim_vcpu *v, int result);
/* The instruction is done. After it an event may be due. */
enum sim_progress sim_cpu_retire(struct sim_vcpu *v, int result);
/* An exception instead of it. */
enum sim_progress sim_cpu_raise(struct sim_vcpu *v, unsigned int vector);
/* Stop the guest. */
enum sim_progress sim_cpu_stop(struct sim_vcpu *v);
/* Carry out the control server's decision. */
enum sim_progress sim_cpu_obey(struct sim_vcpu *v, const struct control_verdict *verdict);

/* Let the access through, regardless of the view. Without a page, act as a hole. */
enum sim_progress sim_let_through(struct sim_vcpu *v);
enum sim_progress sim_touch_hole(struct sim_vcpu *v);

/* instruction.c: the register that the current operation writes. */
uint64_t *sim_register_of(struct sim_vcpu *v);
/* register.c: the current operation writes a register. */
enum sim_progress sim_try_write(struct sim_vcpu *v);

/* violation.c: the view refuses the access of the current operation. */
enum sim_progress sim_violation(struct sim_vcpu *v, const struct altp2m_translation *t);

#define SIM_VECTOR_BP 3
#define SIM_VECTOR_UD 6
#define SIM_VECTOR_PF 14
#define SIM_VECTOR_VE 20

/* Basic exit reasons (SDM Vol. 3D, appendix C). */
#define SIM_EXIT_EXCEPTION        0
#define SIM_EXIT_VMCALL           18
#define SIM_EXIT_CONTROL_REGISTER 28
#define SIM_EXIT_WRMSR            32
#define SIM_EXIT_STEP             37
#define SIM_EXIT_VIOLATION        48
#define SIM_EXIT_VMFUNC           59

#endif
