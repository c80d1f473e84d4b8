/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's I/O APICs. The guest owns them. The hypervisor keeps them from starting CPUs. */
#ifndef X86_IOAPIC_H
#define X86_IOAPIC_H

#include "core/domain.h"

/* Offsets in an I/O APIC's page. */
#define IOAPIC_SELECT 0x00U
#define IOAPIC_WINDOW 0x10U
#define IOAPIC_EOI    0x40U

/* One of boot->ioapics has this page. */
bool ioapic_has(const struct boot_info *boot, uint64_t gfn);

/*
 * From hold to release no I/O APIC sends INIT, SIPI or NMI: altview masks these entries. Call both
 * with the domain's lock, and no vCPU in the guest.
 */
void ioapic_hold(struct domain *domain);
void ioapic_release(struct domain *domain);

#endif
