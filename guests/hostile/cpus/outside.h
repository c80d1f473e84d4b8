/* SPDX-License-Identifier: BSD-2-Clause */
/* The code for a CPU that begins in real mode at any page below 1 MiB, and the place of its
 * report. */
#ifndef HOSTILE_OUTSIDE_H
#define HOSTILE_OUTSIDE_H

#define OUTSIDE_PAGE   0xc000 /* free, below 1 MiB; also a page to start from */
#define OUTSIDE_SIZE   0x40   /* of the code */
#define OUTSIDE_STARTS 0xf00  /* times it has begun */
#define OUTSIDE_SEEN   0xf04  /* of those: CPUID showed the CPU itself, not altview's view of it */

#ifndef __ASSEMBLER__
/* The same by the MSR of x2APIC mode, which the boot CPU is in; on a machine whose other CPUs are
 * not the guest's. */
void outside_by_x2apic(void);
#endif

#endif
