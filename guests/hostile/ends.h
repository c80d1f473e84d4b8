/* SPDX-License-Identifier: BSD-2-Clause */
/* Attacks that end the guest itself, by a triple fault or a reset: the option "end=NAME" of its
 * command line. */
#ifndef HOSTILE_ENDS_H
#define HOSTILE_ENDS_H

/* Does nothing without that option. */
void hostile_end(void);

/* Triple faults of the CPU that calls. */
void end_idt(void), end_gdt(void), end_cr3(void);

#endif
