/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which vCPUs run. INIT and SIPI are emulated: CPUs of some machines (and Bochs 2.7) keep an INIT
 * pending, and only one starts a vCPU that is already in VMX operation. All with the domain's lock.
 */
#ifndef CORE_LIFE_H
#define CORE_LIFE_H

#include "core/domain.h"

struct vcpu_hvm_context;

/* INIT: to the first vCPU it is the reset of the machine, and ends the guest's run. The others stop
 * and wait for a SIPI. Views, #VE and VMFUNC stay as they are: an INIT is no way out of a view. */
void life_init(struct vcpu *vcpu);
/* SIPI: a vCPU that waits starts in real mode at `vector` * 4096; it has no effect on others. */
void life_sipi(struct vcpu *vcpu, uint8_t vector);
/* The vCPU itself has had a triple fault, and stands still. While others run they may bring it
 * back, by INIT and SIPI; if it was the last one, the run ends. */
void life_triple_fault(struct vcpu *vcpu);
/* Whether the vCPU runs, and its CPU is in VMX operation. */
bool life_is_here(const struct vcpu *vcpu);

/* Xen's: VCPUOP_initialise, up, down, is_up. 0 or a negative Xen error number. */
int life_initialise(struct vcpu *vcpu, const struct vcpu_hvm_context *context);
int life_up(struct vcpu *vcpu);
int life_down(struct vcpu *vcpu);

/* Stand still, without the lock, until the vCPU runs; then give it the registers it starts with. */
void life_wait(struct vcpu *vcpu);

/* Watch for INIT and SIPI, or no more, as it is due. */
void life_watch(struct domain *domain);

/* At start: all vCPUs but the first wait. */
void life_begin(struct domain *domain);

#endif
