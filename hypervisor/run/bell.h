/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bell: NMIs to the first vCPU's CPU, which make it poll the control port while the guest runs,
 * in addition to the vendor's timer or in place of it.
 */
#ifndef CORE_BELL_H
#define CORE_BELL_H

#include "core/domain.h"

/* Choose the bell, as the option bell= says, and start a timer of the machine's, which the guest
 * then does not have. Call it before the guest runs, once altview watches for INIT and NMIs, with
 * the domain's lock. */
void bell_start(struct domain *domain);

/* The guest has set one of Xen's timers, and the vendor has no timer: if only the hub rings, the
 * HPET rings from now on, too. With the domain's lock. */
void bell_keep_time(struct domain *domain);

/* An NMI has come. False: it is neither a ring nor a kick, and belongs to the guest. Call it in an
 * NMI's handler, or after its exit. */
bool bell_takes_nmi(struct vcpu *vcpu);

/* Between exits, every few of them, with the domain's lock: have a timer whose ring is lost ring
 * again. */
void bell_look(struct vcpu *vcpu);

/* Whether this register of that I/O APIC has the bell's entry, or half of it. */
bool bell_has_entry(const struct domain *domain, uint64_t ioapic, uint32_t selected);

#endif
