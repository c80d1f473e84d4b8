/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has the first vCPU look at the control port while the guest runs, beside the vendor's timer
 * or where there is none: NMIs to its CPU. It needs no others of the guest's from outside.
 */
#ifndef CORE_BELL_H
#define CORE_BELL_H

#include "core/domain.h"

/* Choose who rings, as the option bell= says, and set a timer of the machine's going. The guest
 * loses that. Before the guest runs, once INIT and NMIs are watched for; with the domain's lock. */
void bell_start(struct domain *domain);

/* The guest has set a timer of Xen's, and the vendor has none: where only the hub would ring, the
 * HPET rings from now on, too. With the domain's lock. */
void bell_keep_time(struct domain *domain);

/* An NMI has come. False: it is neither a ring nor a kick; the guest is to have it. In an NMI's
 * handler, or behind its exit. */
bool bell_takes_nmi(struct vcpu *vcpu);

/* This register of that I/O APIC has our timer's entry, or half of it. */
bool bell_has_entry(const struct domain *domain, uint64_t ioapic, uint32_t selected);

#endif
