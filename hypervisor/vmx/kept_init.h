/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bochs 2.7 keeps an INIT through its VM exit: each VM entry exits again. The only way to be rid of
 * it is to take it, outside VMX operation, where any SIPI starts the CPU and an NMI goes through
 * real mode's vectors, which are the guest's. So altview does this only where the monitor trap flag
 * is dead, which no CPU is known for, and where no sender of either is left:
 *  - all other vCPUs stay out of the guest until it is over (the lock is held throughout);
 *  - I/O APICs send neither meanwhile. (Bochs has no device that sends messages itself.)
 * The first vCPU's CPU, which no INIT takes away, brings the CPU back.
 */
#ifndef VMX_KEPT_INIT_H
#define VMX_KEPT_INIT_H

#include "core/vcpu.h"

/*
 * After VM exit 3, with the domain's lock; not on the first vCPU. Returns where there is nothing to
 * take; else the CPU comes back by the trampoline, and to entry.c.
 */
void kept_init_take(struct vcpu *vcpu);

#endif
