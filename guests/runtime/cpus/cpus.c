/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpus.h"

#include "clock.h"
#include "cpu.h"
#include "layout.h"
#include "percpu.h"
#include "string.h"
#include "sync.h"
#include "xen.h"

#include <xen/hvm/hvm_vcpu.h>
#include <xen/vcpu.h>

/* A free page below 1 MiB, for code in real mode. */
#define TRAMPOLINE 0x8000U

/* The waits of SDM Vol. 3A 8.4.4.1, which are 10 ms and 200 us there. The guest does not know the
 * clock's rate. */
#define TICKS_AFTER_INIT    1000000U
#define TICKS_AFTER_STARTUP 100000U
#define MS_TO_COME_UP       600000 /* only a hang takes so long */

#define CR0_PE    0x00000001U
#define CR0_ET    0x00000010U
#define CR0_WP    0x00010000U
#define CR0_PG    0x80000000U
#define CR4_PAE   0x20U
#define EFER_LONG 0x500U /* LME, LMA */

/* hvm_vcpu.h: type, s, dpl, p, ..., db, g. */
#define AR_CODE 0xc9bU
#define AR_DATA 0xc93U
#define AR_TASK 0x08bU

/* cpu_entry.S, start.S */
extern const char cpu_trampoline[], cpu_trampoline_end[], cpu_entry32[], cpu_entry64[];
extern const char page_root[];
void cpu_main(unsigned int number);

/* For cpu_entry.S: one CPU starts at a time. */
uintptr_t cpu_entry_stack;
unsigned int cpu_entry_number;

static struct percpu further[CPUS_MAX - 1];
static uint8_t stacks[CPUS_MAX - 1][LAYOUT_STACK_SIZE] __attribute__((aligned(16)));
static unsigned int count = 1;

unsigned int cpus_init(void)
{
    uint32_t ids[CPUS_MAX];
    unsigned int listed = madt_read(ids, CPUS_MAX);

    if (!apic_set_mode(APIC_XAPIC))
        apic_set_mode(APIC_X2APIC);
    clock_init();
    percpu()->cpu.apic_id = apic_id();
    count = 1;
    for (unsigned int i = 0; i < listed; i++) {
        if (ids[i] == percpu()->cpu.apic_id)
            continue;
        percpu_areas[count] = &further[count - 1];
        percpu_areas[count]->cpu.apic_id = ids[i];
        count++;
    }
    return count;
}

unsigned int cpus_count(void)
{
    return count;
}

unsigned int cpu_number(void)
{
    return percpu_number();
}

const struct cpu_state *cpu_state(unsigned int cpu)
{
    return &percpu_areas[cpu]->cpu;
}

void cpu_send(unsigned int cpu, uint32_t command)
{
    apic_send(percpu_areas[cpu]->cpu.apic_id, command);
}

static void pause_for(uint64_t ticks)
{
    uint64_t start = cpu_read_tsc();

    while (cpu_read_tsc() - start < ticks)
        cpu_relax();
}

static bool phase_comes(unsigned int cpu, enum cpu_phase phase, uint64_t ticks)
{
    uint64_t start = cpu_read_tsc();

    while (shared_read(&percpu_areas[cpu]->cpu.phase) != phase) {
        if (cpu_read_tsc() - start > ticks)
            return false;
        cpu_relax();
    }
    return true;
}

/* A new CPU begins here, on its own stack. */
void cpu_main(unsigned int number)
{
    struct cpu_state *self = &percpu_areas[number]->cpu;

    percpu_load(number);
    trap_load();
    apic_set_mode(self->mode);
    self->starts++;
    for (;;) {
        shared_write(&self->phase, CPU_WAITING);
        while (shared_read(&self->phase) != CPU_BUSY)
            cpu_relax();
        self->body(self->argument);
    }
}

void cpu_run(unsigned int cpu, void (*body)(void *), void *argument)
{
    struct cpu_state *state = &percpu_areas[cpu]->cpu;

    state->body = body;
    state->argument = argument;
    shared_write(&state->phase, CPU_BUSY);
}

bool cpu_waits(unsigned int cpu)
{
    return shared_read(&percpu_areas[cpu]->cpu.phase) == CPU_WAITING;
}

bool cpu_wait(unsigned int cpu, uint64_t ticks)
{
    return phase_comes(cpu, CPU_WAITING, ticks);
}

/* SDM Vol. 3A 8.4.4.1. A CPU that the first start-up IPI has started ignores the second. */
static bool start_by_apic(unsigned int cpu)
{
    memcpy((void *)(uintptr_t)TRAMPOLINE, cpu_trampoline,
           (size_t)(cpu_trampoline_end - cpu_trampoline));
    cpu_send(cpu, APIC_INIT);
    pause_for(TICKS_AFTER_INIT);
    for (unsigned int i = 0; i < 2; i++) {
        cpu_send(cpu, APIC_STARTUP | TRAMPOLINE >> 12);
        pause_for(TICKS_AFTER_STARTUP);
    }
    return true;
}

static bool start_by_xapic(unsigned int cpu)
{
    percpu_areas[cpu]->cpu.mode = APIC_XAPIC;
    return apic_set_mode(APIC_XAPIC) && start_by_apic(cpu);
}

static bool start_by_x2apic(unsigned int cpu)
{
    percpu_areas[cpu]->cpu.mode = APIC_X2APIC;
    return apic_set_mode(APIC_X2APIC) && start_by_apic(cpu);
}

static long initialise_32(unsigned int cpu)
{
    struct vcpu_hvm_context context = {
        .mode = VCPU_HVM_MODE_32B,
        .cpu_regs.x86_32 =
            {
                .eip = (uint32_t)(uintptr_t)cpu_entry32,
                .eflags = 2,
                .cr0 = CR0_PE | CR0_ET,
                .cs_limit = UINT32_MAX,
                .cs_ar = AR_CODE,
                .ds_limit = UINT32_MAX,
                .ds_ar = AR_DATA,
                .ss_limit = UINT32_MAX,
                .ss_ar = AR_DATA,
                .es_limit = UINT32_MAX,
                .es_ar = AR_DATA,
                .tr_limit = 0x67,
                .tr_ar = AR_TASK,
            },
    };

    return xen_vcpu_op(VCPUOP_initialise, cpu, &context);
}

#ifdef __x86_64__
long cpu_initialise(unsigned int cpu)
{
    struct vcpu_hvm_context context = {
        .mode = VCPU_HVM_MODE_64B,
        .cpu_regs.x86_64 =
            {
                .rip = (uintptr_t)cpu_entry64,
                .rflags = 2,
                .cr0 = CR0_PG | CR0_WP | CR0_ET | CR0_PE,
                .cr3 = (uintptr_t)page_root,
                .cr4 = CR4_PAE,
                .efer = EFER_LONG,
            },
    };

    return xen_vcpu_op(VCPUOP_initialise, cpu, &context);
}
#else
long cpu_initialise(unsigned int cpu)
{
    return initialise_32(cpu);
}
#endif

/*
 * Xen: a vCPU that runs can't be initialised (-EEXIST, arch_initialise_vcpu). An INIT goes from CPU
 * to CPU, and a hypercall may be served before the other CPU has taken it.
 */
static bool start_by_hypercall(unsigned int cpu, long (*initialise)(unsigned int cpu))
{
    uint64_t start = cpu_read_tsc();
    long rc;

    percpu_areas[cpu]->cpu.mode = percpu()->cpu.mode;
    cpu_send(cpu, APIC_INIT);
    do {
        rc = initialise(cpu);
    } while (rc == -XEN_EEXIST && cpu_read_tsc() - start < TICKS_AFTER_INIT);
    return !rc && !xen_vcpu_op(VCPUOP_up, cpu, NULL);
}

static bool start_by_vcpuop(unsigned int cpu)
{
    return start_by_hypercall(cpu, cpu_initialise);
}

static bool start_by_vcpuop_32(unsigned int cpu)
{
    return start_by_hypercall(cpu, initialise_32);
}

static const struct {
    const char *name;
    bool (*start)(unsigned int cpu);
} ways[START_WAYS] = {
    [START_XAPIC] = {"xapic", start_by_xapic},
    [START_X2APIC] = {"x2apic", start_by_x2apic},
    [START_VCPUOP] = {"vcpuop", start_by_vcpuop},
    [START_VCPUOP_32] = {"vcpuop_32", start_by_vcpuop_32},
};

bool cpu_start_within(unsigned int cpu, enum start_way way, uint64_t ticks)
{
    struct percpu *area = percpu_areas[cpu];

    shared_write(&area->cpu.phase, CPU_OFF);
    area->unwind_stack = 0;
    area->line.used = 0;
    cpu_entry_stack = (uintptr_t)(stacks[cpu - 1] + LAYOUT_STACK_SIZE);
    cpu_entry_number = cpu;
    return ways[way].start(cpu) && phase_comes(cpu, CPU_WAITING, ticks);
}

bool cpu_start(unsigned int cpu, enum start_way way)
{
    return cpu_start_within(cpu, way, clock_ticks(MS_TO_COME_UP));
}

const char *start_way_name(enum start_way way)
{
    return ways[way].name;
}
