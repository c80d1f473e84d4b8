/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts from CPU to CPU arrive, each once, and cost no exits. */
#include "smp.h"

#define VECTOR_IPI 0x40
#define ROUNDS     smp_rounds(1000)

static unsigned long received[CPUS_MAX], nmis[CPUS_MAX], quit;

static bool on_ipi(struct trap_frame *frame)
{
    (void)frame;
    shared_add(&received[cpu_number()], 1);
    apic_eoi();
    return true;
}

static bool on_nmi(struct trap_frame *frame)
{
    (void)frame;
    shared_add(&nmis[cpu_number()], 1);
    return true;
}

static void wait_with_interrupts(void *argument)
{
    (void)argument;
    __asm__ volatile("sti" : : : "memory");
    while (!shared_read(&quit))
        cpu_relax();
    __asm__ volatile("cli" : : : "memory");
}

/* The test waits for each before the next: none may be lost or come twice. */
static void send_spaced(unsigned int cpu, uint32_t command, const unsigned long *counter)
{
    for (unsigned int i = 0; i < ROUNDS; i++) {
        unsigned long before = shared_read(counter);

        cpu_send(cpu, command);
        smp_await(counter, before + 1, "an interrupt that was sent");
    }
}

static void check_fixed(unsigned int cpu)
{
    received[cpu] = 0;
    send_spaced(cpu, APIC_FIXED | VECTOR_IPI, &received[cpu]);
    check_value(check_name("fixed.cpu_%u", cpu), ROUNDS, received[cpu]);
}

static void check_nmi(unsigned int cpu)
{
    nmis[cpu] = 0;
    send_spaced(cpu, APIC_NMI, &nmis[cpu]);
    check_value(check_name("nmi.cpu_%u", cpu), ROUNDS, nmis[cpu]);
}

static void others_wait(void)
{
    trap_set_handler(VECTOR_IPI, on_ipi);
    trap_set_handler(TRAP_NMI, on_nmi);
    quit = 0;
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        cpu_run(cpu, wait_with_interrupts, NULL);
}

static void others_end(void)
{
    shared_write(&quit, 1);
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        smp_wait(cpu);
}

void area_ipi(void)
{
    others_wait();
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++) {
        check_fixed(cpu);
        check_nmi(cpu);
    }
    others_end();
}

/*
 * A CPU's exits, without the hypercalls that read the counts, and without those by which altview
 * polls its port: none of these may come while the guest reads the counts.
 */
static uint64_t exits(unsigned int cpu)
{
    uint64_t timer, calls, all;

    do {
        timer = smp_exits(cpu, EXIT_PREEMPTION_TIMER);
        calls = smp_exits(cpu, EXIT_VMCALL);
        all = smp_exits(cpu, ALTVIEW_EXIT_ALL);
    } while (smp_exits(cpu, EXIT_PREEMPTION_TIMER) != timer);
    return all - timer - calls;
}

/*
 * After all CPUs are up the APIC is the guest's own: no CPU exits to send or to receive. On AMD
 * altview watches it all the time (docs/design/amd-v.md).
 */
void area_exits(void)
{
    uint64_t sender, receiver;

    if (cpus_count() < 2 || cpu_is_amd())
        return;
    altp2m_set_state(1); /* counting is an altp2m operation */
    others_wait();
    receiver = exits(1);
    sender = exits(0);
    send_spaced(1, APIC_FIXED | VECTOR_IPI, &received[1]);
    check_value("sender", 0, exits(0) - sender);
    check_value("receiver", 0, exits(1) - receiver);
    others_end();
    altp2m_set_state(0);
}
