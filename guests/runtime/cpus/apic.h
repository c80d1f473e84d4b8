/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controllers. The local APIC of the CPU that calls, through either of its faces:
 * registers in memory (xAPIC) or MSRs (x2APIC), SDM Vol. 3A, chapter 10. And the pair of 8259.
 */
#ifndef RUNTIME_APIC_H
#define RUNTIME_APIC_H

#include <stdbool.h>
#include <stdint.h>

enum apic_mode { APIC_XAPIC, APIC_X2APIC };

/*
 * Enable the APIC, in this mode. False, and nothing changed, if the CPU has no x2APIC; or if xAPIC
 * is wanted once it is in x2APIC mode: the way back leads through "disabled" (SDM Vol. 3A, figure
 * 10-27), which altview, whose CPUs reach each other through the APICs, refuses to several CPUs.
 */
bool apic_set_mode(enum apic_mode mode);
uint32_t apic_id(void);

/* The messages of apic_send: a fixed interrupt (add its vector), or one that starts or stops a
 * CPU. */
#define APIC_FIXED   0x0000U
#define APIC_NMI     0x0400U
#define APIC_INIT    0x0500U
#define APIC_STARTUP 0x0600U /* add the number of the page, below 1 MiB, where to begin */

/* To the CPU with this APIC id, in xAPIC mode at most 254. */
void apic_send(uint32_t apic_id, uint32_t command);
/* End of interrupt: every handler of a fixed interrupt calls it once. */
void apic_eoi(void);

/*
 * The 8259s' lines in `lines`, a bit each, arrive at `vector` and the vectors after it. The others
 * are masked. The second controller's lines come in through line 2.
 */
void pic_start(uint8_t vector, uint16_t lines);
/* All are masked, whatever was before. */
void pic_stop(void);
/* End the interrupt of that line. */
void pic_eoi(unsigned int line);

#endif
