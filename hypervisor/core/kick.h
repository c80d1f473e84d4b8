/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking other vCPUs out of the guest by NMI, and passing changes to them. The protocol has two
 * sides: here, with the domain's lock held,
 *
 *     note the demand (stale_eptp, reload, ...); attention = true; fence;
 *     if in_guest: send an NMI until in_guest is false
 *
 * and in run/entry.c, without it,
 *
 *     in_guest = true; fence; if attention: in_guest = false, take the lock, do it, begin again
 *
 * The side whose fence comes last sees what the other wrote before its fence. A vCPU that has been
 * kicked waits for the lock before it enters again: an operation of many changes kicks it once.
 * tests/model/ has the protocol for Spin.
 */
#ifndef CORE_KICK_H
#define CORE_KICK_H

#include "core/domain.h"

/* Keep every other vCPU out of the guest until the lock is released. Every vCPU's view is known
 * then. */
void kick_all(struct domain *domain);

/* On return no vCPU uses an older translation of this EPTP (or of all, with ALTP2M_EPTP_ALL) any
 * more. */
void kick_flush(struct domain *domain, uint64_t eptp);

/* This vCPU is out of the guest and passes through entry.c before it enters again. */
void kick_one(struct vcpu *vcpu);

/* Run a function on a vCPU's own CPU, and return when it is done. False, without running it, while
 * that CPU has not started yet. */
bool kick_run_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                 void *argument);

/* The same in two parts, for a caller that can't wait. The CPU must have started. The first returns
 * when the function has begun, the second when it is done. */
void kick_begin_on(struct vcpu *vcpu, void (*function)(struct vcpu *vcpu, void *argument),
                   void *argument);
void kick_end_on(const struct vcpu *vcpu);

/*
 * Call it on the vCPU's own CPU, with the lock or from kick_serve: flush and load what others have
 * changed.
 */
void kick_catch_up(struct vcpu *vcpu);

/* An NMI has come: is it a kick for this vCPU that it has not taken yet? If another CPU ends the
 * machine, this CPU stops. */
bool kick_takes_nmi(struct vcpu *vcpu);
/* In its handler: besides that NMI, another kick may come, or it came together with this one. */
void kick_expect_more(struct vcpu *vcpu);
/*
 * On the vCPU's own CPU, with the lock, where no NMI is blocked. No other CPU is between counting a
 * kick and sending it then, so all kicks that were on their way have come.
 */
void kick_all_came(struct vcpu *vcpu);
/* Send an NMI from the vCPU's own CPU to itself. */
void kick_self(struct vcpu *vcpu);

/* Meet other vCPUs' demands. A CPU that waits calls it. */
void kick_serve(struct vcpu *vcpu);

/* For the end of the machine: stop every other CPU. If another CPU does so already, this one stops.
 * `context` is the domain. Needs no lock. */
void kick_stop_others(void *context);

#endif
