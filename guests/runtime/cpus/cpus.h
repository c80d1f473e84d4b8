/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests with several CPUs. The boot CPU starts each further CPU, which waits, and calls the
 * functions that it is given, in ring 0, with interrupts off, in the runtime's address space. Only
 * the boot CPU starts others and gives them work, but for cpu_send.
 *
 * Guests that use it name smp_sources (meson.build).
 */
#ifndef RUNTIME_CPUS_H
#define RUNTIME_CPUS_H

#include "apic.h"
#include "layout.h"

#include <stdbool.h>
#include <stdint.h>

#define CPUS_MAX LAYOUT_CPUS

/* The ways to start a CPU: INIT, start-up, start-up by the APIC; or Xen's hypercalls. */
enum start_way {
    START_XAPIC,     /* as long as the boot CPU's APIC is in that mode */
    START_X2APIC,    /* from here on both CPUs' APICs are in x2APIC mode, for good */
    START_VCPUOP,    /* INIT, VCPUOP_initialise in the guest's own mode, VCPUOP_up */
    START_VCPUOP_32, /* the same, but it begins in 32-bit mode without paging */
    START_WAYS
};

enum cpu_phase { CPU_OFF, CPU_WAITING, CPU_BUSY };

struct cpu_state {
    uint32_t apic_id;
    enum apic_mode mode;  /* what this CPU's APIC is in */
    unsigned long phase;  /* enum cpu_phase */
    unsigned long starts; /* how often the CPU has begun */
    void (*body)(void *);
    void *argument;
};

/* Read the MADT; how many CPUs there are, this one included. Call it first. */
unsigned int cpus_init(void);
unsigned int cpus_count(void);

/* The number of this CPU. The boot CPU is 0, and the others have numbers in the MADT's order. */
unsigned int cpu_number(void);
const struct cpu_state *cpu_state(unsigned int cpu);

/*
 * Start a CPU in any state, and wait until it waits. False: it does not come up, or the boot CPU's
 * APIC can't be in that mode, or the hypervisor refuses.
 */
bool cpu_start(unsigned int cpu, enum start_way way);
/* The same with a shorter limit: this many ticks of this CPU's TSC. */
bool cpu_start_within(unsigned int cpu, enum start_way way, uint64_t ticks);
/* Only VCPUOP_initialise, in the guest's own mode. Returns the hypercall's answer. */
long cpu_initialise(unsigned int cpu);
const char *start_way_name(enum start_way way);

/* Call a function on a CPU that waits; returns at once. */
void cpu_run(unsigned int cpu, void (*body)(void *), void *argument);
/* Has it returned, and does the CPU wait again? */
bool cpu_waits(unsigned int cpu);
/* Wait for that, but not for ever. False after about `ticks` of this CPU's TSC. */
bool cpu_wait(unsigned int cpu, uint64_t ticks);

/* apic.h's commands, by number. Any CPU may send. */
void cpu_send(unsigned int cpu, uint32_t command);

/*
 * madt.c: APIC ids of the CPUs that ACPI's MADT calls enabled (ACPI 6.4, 5.2.12), in its order,
 * `most` at the most; how many there are. 0: no RSDP in start_info, or no MADT behind it.
 */
unsigned int madt_read(uint32_t *apic_ids, unsigned int most);

#endif
