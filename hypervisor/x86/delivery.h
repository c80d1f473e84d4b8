/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How an interrupt message is delivered: bits 10 to 8 of a command to the local APIC, of an I/O
 * APIC's redirection entry, and of a device's message (SDM Vol. 3A 11.6.1, 11.11.2; the 82093AA's
 * data sheet, 3.2.4). Pure.
 */
#ifndef X86_DELIVERY_H
#define X86_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#define DELIVERY_MODE (7U << 8)
#define DELIVERY_NMI  (4U << 8)
#define DELIVERY_INIT (5U << 8)
#define DELIVERY_SIPI (6U << 8)

/* The message stops a CPU or restarts it. */
static inline bool delivery_starts(uint32_t message)
{
    uint32_t mode = message & DELIVERY_MODE;

    return mode == DELIVERY_INIT || mode == DELIVERY_SIPI;
}

/* An NMI must not reach a CPU that is not in VMX operation either: the CPU would take it through
 * real mode's vectors, which are the guest's. */
static inline bool delivery_is_watched(uint32_t message)
{
    return delivery_starts(message) || (message & DELIVERY_MODE) == DELIVERY_NMI;
}

/* An I/O APIC's registers: the low half of redirection entry n is 0x10 + 2n. */
#define IOAPIC_ENTRIES 0x10U
#define IOAPIC_MASKED  (1U << 16)

static inline bool ioapic_is_entry(uint32_t selected)
{
    return (selected & 0xff) >= IOAPIC_ENTRIES && !(selected & 1);
}

/* May the guest write that to the selected register, while a CPU may be out of VMX operation? */
static inline bool ioapic_admits(uint32_t selected, uint32_t value)
{
    return !ioapic_is_entry(selected) || !delivery_is_watched(value);
}

#endif
