/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * This CPU's local APIC. The guest owns it. The hypervisor only sends through it, in the mode that
 * the guest has set (SDM Vol. 3A 11.6, 11.12).
 */
#ifndef X86_APIC_H
#define X86_APIC_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_IA32_APIC_BASE  0x1bU
#define APIC_BASE_ADDRESS   UINT64_C(0x000ffffffffff000)
#define APIC_BASE_BSP       (UINT64_C(1) << 8)
#define APIC_BASE_X2APIC    (UINT64_C(1) << 10)
#define APIC_BASE_ENABLED   (UINT64_C(1) << 11)
#define APIC_DEFAULT        UINT64_C(0xfee00000)
#define APIC_MESSAGES_END   UINT64_C(0xfef00000) /* from APIC_DEFAULT on: device messages */
#define MSR_X2APIC_SPURIOUS 0x80fU
#define MSR_X2APIC_SERVED   0x810U
#define MSR_X2APIC_ICR      0x830U

/* Registers, as offsets in the page. */
#define APIC_ID           0x20U
#define APIC_SPURIOUS     0xf0U
#define APIC_BY_SOFTWARE  (1U << 8) /* in it: on */
#define APIC_SERVED       0x100U    /* bits of vectors 0 to 31 that are in service */
#define APIC_COMMAND      0x300U
#define APIC_COMMAND_HIGH 0x310U

/* Interrupt command register, low half (SDM Vol. 3A 11.6.1). */
#define APIC_VECTOR(command) ((command)&0xff)
#define APIC_MODE            (7U << 8)
#define APIC_MODE_NMI        (4U << 8)
#define APIC_MODE_INIT       (5U << 8)
#define APIC_MODE_SIPI       (6U << 8)
#define APIC_LOGICAL         (1U << 11)
#define APIC_BUSY            (1U << 12)
#define APIC_ASSERT          (1U << 14)
#define APIC_LEVEL           (1U << 15)
#define APIC_SHORTHAND       (3U << 18)
#define APIC_SELF            (1U << 18)
#define APIC_ALL             (2U << 18)
#define APIC_OTHERS          (3U << 18)

/* The id by which other CPUs send to this one, in any mode of its APIC. */
uint32_t apic_own_id(void);

bool apic_is_x2(void);
/* False while the guest has switched its APIC off for good: only a single CPU may. */
bool apic_is_on(void);

/* Whether a vector sent to it arrives: it is enabled, in hardware and by software. */
bool apic_takes_interrupts(void);

/* Whether this vector, below 32, is in service: the CPU has taken it, and not yet ended it. */
bool apic_serves(unsigned int vector);

/* Send, without changing the guest's command register. */
void apic_send(uint32_t apic_id, uint32_t command);

/* Send the guest's command, in x2APIC mode. The receiver sees earlier stores. False: the CPU
 * refuses it. */
bool apic_write_command(uint64_t command);

/* Memory-mapped registers; not in x2APIC mode. */
uint32_t apic_read(unsigned int offset);
void apic_write(unsigned int offset, uint32_t value);

#endif
