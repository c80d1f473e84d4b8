/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that tries to get past its views, or to bring the hypervisor down. Each attack checks the
 * state that the guest itself can see. tests/hostile, outside, starts them one by one and checks
 * the hypervisor after each.
 */
#ifndef HOSTILE_HOSTILE_H
#define HOSTILE_HOSTILE_H

#include <stdint.h>

#include "altp2m.h"
#include "check.h"
#include "console.h"
#include "cpu.h"
#include "guests/monitored/mailbox.h"
#include "memory.h"
#include "names.h"
#include "probe.h"
#include "random.h"
#include "start_info.h"
#include "string.h"
#include "trap.h"
#include "world.h"
#include "xen.h"

typedef void attack_function(void);
attack_function attack_own_memory, attack_all_memory, attack_page_tables, attack_descriptors;
attack_function attack_vmx_structures, attack_ve_page, attack_buffers, attack_calls;
attack_function attack_control_registers, attack_debug_registers, attack_msrs, attack_modes;
attack_function attack_apic, attack_nmis, attack_ports, attack_cpuid_flood, attack_call_flood;
attack_function attack_user, attack_trap_flag, attack_x2apic, attack_ends_of_memory, attack_clock;
attack_function attack_remaps, attack_outside, attack_console_flood;
/* These take two CPUs. */
attack_function attack_calls_of_two, attack_starts, attack_nmis_of_others, attack_vmfunc;
attack_function attack_three_sides, attack_triple_faults;
/* These take one, and use two. */
attack_function attack_alignment_checks, attack_debug_exceptions, attack_ballooning;

/* The hypervisor's range, from the guest's memory map: in gfns. */
struct own {
    uint64_t first, count, rings;
};
extern struct own own;
/* Two pages in it are the console and xenstore rings, the guest's to use: the next is a hole. */
#define OWN_RINGS    2
#define OWN_HOLE_GFN (own.rings + OWN_RINGS)

/* Unused RAM: at 32 MiB, OUTER_PAGES of it. */
#define VICTIM_GFN   UINT64_C(0x2000)
#define VICTIM_PAGES 1024

/* The mailbox, while an attack runs. */
extern volatile struct mailbox *box;

/* The way in which the test outside ends an attack that the guest can't end. */
volatile struct hostile_rescue *hostile_rescue(void);

/* A few exits, so that the CPU enters the guest with the new settings: a CPUID, a hypercall. */
void hostile_exit(void);
/* Is the hypervisor unchanged? Checks an answer. */
void hostile_check_alive(const char *name);

/* The instructions. trap_try reports their exceptions. */
struct trap try_write_cr0(unsigned long value);
struct trap try_write_cr4(unsigned long value);

unsigned long cr0_read(void);

/*
 * Attacks that end the guest itself, by a triple fault or a reset: the option "end=NAME" of its
 * command line. Does nothing without that option.
 */
void hostile_end(void);

/* Triple faults of the CPU that calls. */
void end_idt(void), end_gdt(void), end_cr3(void);

/*
 * Lose this CPU (see recursion.c): run the part, which ends when `*word` becomes `value`. The test
 * outside sets it.
 */
void recursion_lose(uint64_t *word, uint64_t value, void (*part)(void));

/* The RAM that random hypercalls act on, and where they put it. */
#define FAR_GFN     UINT64_C(0x1a00000) /* after all RAM */
#define EXTENT_MOST (1U << 9)           /* pages: MAX_ORDER of hypervisor/xen/memory.c */

/*
 * Make the victims RAM again, with all rights in view 0, because later attacks use them. Their
 * content and all views are lost. Returns the number of failures.
 */
unsigned int victims_restore(void);

#endif
