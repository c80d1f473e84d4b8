/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Getting other vCPUs out of the guest, by NMI, and telling them what has changed. The protocol has
 * two sides: here, with the domain's lock held,
 *
 *     say what is wanted (stale_eptp, reload, ...); attention = true; fence;
 *     if in_guest: send an NMI until in_guest is false
 *
 * and in run/entry.c, without it,
 *
 *     in_guest = true; fence; if attention: in_guest = false, take the lock, do it, begin again
 *
 * Whichever fence comes first, the other side sees what was written before it. A vCPU that has been
 * kicked waits for the lock before it enters again: however many changes an operation makes, it is
 * kicked once. tests/model/ has the protocol for Spin.
 */
#ifndef CORE_KICK_H
#define CORE_KICK_H

#include "core/domain.h"

/* Keep every other vCPU out of the guest until the lock is released. Every vCPU's view is known
 * then. */
void kick_all(struct domain *domain);

/* On return no vCPU uses an older translation of this EPTP (or of ALTP2M_EPTP_ALL) any more. */
void kick_flush(struct domain *domain, uint64_t eptp);

/* This vCPU is out of the guest and comes by entry.c before it enters again. */
void kick_one(struct vcpu *vcpu);

/* Have something done on a vCPU's own CPU; returns when it is done. False, and nothing is done,
 * while that CPU has not come yet. */
bool kick_run_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                 void *argument);

/* The same in two parts, for a caller that can't wait; the CPU must be there. The first returns
 * when it has begun, the second when it is done. */
void kick_begin_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                   void *argument);
void kick_end_on(const struct vcpu *vcpu);

/*
 * On the vCPU's own CPU, with the lock or by kick_serve: flush and load what others have changed.
 */
void kick_catch_up(struct vcpu *vcpu);

/* An NMI has come: was it sent to this vCPU by us, and not taken yet? A CPU that the machine's end
 * has been sent to stops. */
bool kick_takes_nmi(struct vcpu *vcpu);
/* Send one to the vCPU's own CPU, on it. */
void kick_self(struct vcpu *vcpu);

/* Do what others have asked of this vCPU. Called by a CPU that waits. */
void kick_serve(struct vcpu *vcpu);

/* For the end of the machine: stop every other CPU. If another CPU does that already, this one
 * stops. `context` is the domain. Needs no lock. */
void kick_stop_others(void *context);

#endif
