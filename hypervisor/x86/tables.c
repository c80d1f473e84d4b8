/* SPDX-License-Identifier: BSD-2-Clause */
#include "tables.h"

#include "apic.h"
#include "base/log.h"
#include "exceptions.h"
#include "memory/stack.h"
#include "x86.h"

#include <stddef.h>

/* Descriptors (SDM Vol. 3A 3.4.5, 8.2.3). */
#define DESCRIPTOR_CODE64 UINT64_C(0x00af9b000000ffff)
#define DESCRIPTOR_DATA   UINT64_C(0x00cf93000000ffff)
#define DESCRIPTOR_TASK   (UINT64_C(0x89) << 40) /* present, available 64-bit TSS */
#define GATE_INTERRUPT    (UINT64_C(0x8e) << 40) /* present, DPL 0, IF cleared */
#define GATE_IST(index)   ((uint64_t)(index) << 32)

/* The machine-check MSRs (APM Vol. 2 9.3.1, 9.3.2). */
#define CPUID_1_EDX_MCA     (1U << 14)
#define MSR_MCG_STATUS      0x17aU
#define MCG_STATUS_PROGRESS (1U << 2)

enum { IST_NONE, IST_FAULT, IST_NMI };
static const size_t stack_pages[] = {[IST_FAULT] = 2, [IST_NMI] = 1};

/* In use until the page pool exists. */
static uint8_t first_stacks[2][4096] __attribute__((aligned(16)));

struct gate {
    uint64_t low, high;
};

static struct gate idt[EXCEPTION_COUNT];
/* In use while altview takes an interrupt. The guest may have given it an exception's vector. */
static struct gate taking[INTERRUPT_COUNT];

static struct descriptor_table table_of(const void *base, size_t size)
{
    return (struct descriptor_table){(uint16_t)(size - 1), (uintptr_t)base};
}

static void fill_segments(struct cpu_tables *t)
{
    uint64_t task = (uintptr_t)&t->task;

    t->gdt[0] = 0;
    t->gdt[SELECTOR_CODE / 8] = DESCRIPTOR_CODE64;
    t->gdt[SELECTOR_DATA / 8] = DESCRIPTOR_DATA;
    t->gdt[SELECTOR_TASK / 8] = DESCRIPTOR_TASK | (sizeof(t->task) - 1) | (task & 0xffffff) << 16 |
                                (task >> 24 & 0xff) << 56;
    t->gdt[SELECTOR_TASK / 8 + 1] = task >> 32;
    for (unsigned int ist = IST_FAULT; !t->task.ist[ist - 1] && ist <= IST_NMI; ist++) {
        t->task.ist[ist - 1] = (uintptr_t)(first_stacks[ist - 1] + sizeof(first_stacks[0]));
    }
    t->task.io_map = sizeof(t->task);
}

static unsigned int stack_for(unsigned int vector)
{
    if (vector == VECTOR_NMI) {
        return IST_NMI;
    }
    return vector == VECTOR_DF || vector == VECTOR_MC ? IST_FAULT : IST_NONE;
}

static struct gate gate(const char *entries, unsigned int vector, unsigned int stack)
{
    uint64_t entry = (uintptr_t)entries + (uint64_t)vector * EXCEPTION_ENTRY_SIZE;

    return (struct gate){
        .low = GATE_INTERRUPT | GATE_IST(stack) | (uint64_t)SELECTOR_CODE << 16 | (entry & 0xffff) |
               (entry >> 16 & 0xffff) << 48,
        .high = entry >> 32,
    };
}

/* Called once, by the boot CPU, before there is another: later another CPU may use any gate. */
static void fill_gates(void)
{
    if (idt[0].low) {
        return;
    }
    for (unsigned int vector = 0; vector < EXCEPTION_COUNT; vector++) {
        idt[vector] = gate(exception_entries, vector, stack_for(vector));
    }
    for (unsigned int vector = 0; vector < INTERRUPT_COUNT; vector++) {
        taking[vector] = gate(interrupt_entries, vector, IST_NONE);
    }
    /* NMIs may come meanwhile. An external interrupt with the NMI's vector, which a local APIC may
     * refuse (SDM Vol. 3A 11.5.2) and QEMU's does not, does not block NMIs. On the NMI's own stack
     * the next NMI would overwrite its frame. So it runs on the current stack, which is good. */
    taking[VECTOR_NMI] = gate(exception_entries, VECTOR_NMI, IST_NONE);
}

void cpu_tables_load(struct cpu_tables *tables)
{
    struct descriptor_table gdt = table_of(tables->gdt, sizeof(tables->gdt));
    struct descriptor_table interrupts = table_of(idt, sizeof(idt));

    fill_segments(tables);
    fill_gates();
    lgdt(&gdt);
    lidt(&interrupts);
    ltr(SELECTOR_TASK);
}

void cpu_tables_guard(struct cpu_tables *tables)
{
    for (unsigned int ist = IST_FAULT; ist <= IST_NMI; ist++) {
        tables->task.ist[ist - 1] = (uintptr_t)stack_alloc(stack_pages[ist]);
    }
}

/* The only trace of a machine check, except that the guest can write the bit. While it is set, a
 * machine check shuts the CPU down (SDM Vol. 3B 16.3.1.2). */
static bool machine_check_runs(void)
{
    return cpuid(1, 0).edx & CPUID_1_EDX_MCA && rdmsr(MSR_MCG_STATUS) & MCG_STATUS_PROGRESS;
}

static void end_if_machine_check(int vector, bool ran_before)
{
    if (vector == VECTOR_MC && !ran_before && machine_check_runs()) {
        machine_stop_others();
        panic("a machine check came while altview took an interrupt for the guest");
    }
}

/* Vector 2 can't be distinguished from an NMI if the guest has not ended an earlier one. */
int cpu_take_interrupt(void)
{
    struct descriptor_table usual = table_of(idt, sizeof(idt));
    struct descriptor_table special = table_of(taking, sizeof(taking));
    struct cpu_tables *tables = cpu_tables_current();
    bool checks = machine_check_runs();
    int vector;

    tables->takes = apic_serves(VECTOR_NMI) ? TAKES_NMI : TAKES_ANY;
    lidt(&special);
    vector = interrupt_take();
    lidt(&usual);
    end_if_machine_check(vector, checks);
    if (tables->takes == HAS_TAKEN_2) {
        vector = VECTOR_NMI;
    }
    tables->takes = TAKES_NMI;
    return vector;
}
