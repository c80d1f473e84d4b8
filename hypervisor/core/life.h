/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting and stopping vCPUs. altview emulates INIT and SIPI: CPUs of some machines (and Bochs
 * 2.7) keep an INIT pending, and only an emulated one starts a vCPU whose CPU is already in VMX
 * operation. Call all with the domain's lock.
 */
#ifndef CORE_LIFE_H
#define CORE_LIFE_H

#include "core/domain.h"

struct vcpu_hvm_context;

/* INIT: to the first vCPU it is the reset of the machine, and ends the guest's run. The others stop
 * and wait for a SIPI. Views, #VE and VMFUNC do not change: a guest can't leave a view by an
 * INIT. */
void life_init(struct vcpu *vcpu);
/* SIPI: a vCPU that waits starts in real mode at `vector` * 4096; it has no effect on others. */
void life_sipi(struct vcpu *vcpu, uint8_t vector);
/* The vCPU itself has had a triple fault, and stops. While others run, they may start it again by
 * INIT and SIPI. If it was the last one, the run ends. */
void life_triple_fault(struct vcpu *vcpu);
/* Whether the vCPU runs, and its CPU is in VMX operation. */
bool life_is_here(const struct vcpu *vcpu);

/* Xen's: VCPUOP_initialise, up, down, is_up. 0 or a negative Xen error number. */
int life_initialise(struct vcpu *vcpu, const struct vcpu_hvm_context *context);
int life_up(struct vcpu *vcpu);
int life_down(struct vcpu *vcpu);

/* Wait, without the lock, until the vCPU runs. Then give it its start registers. */
void life_wait(struct vcpu *vcpu);

/* Begin or end watching for INIT and SIPI, as the vCPUs' states require. */
void life_watch(struct domain *domain);

/* At start: all vCPUs but the first wait. */
void life_begin(struct domain *domain);

#endif
