/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stops all its CPUs. The command line says how: self= for the boot CPU, others= for the others:
 * halt (interrupts off), triple (fault), none (never started); others=wake: after a while an NMI to
 * the boot CPU, which has halted, and then powers off. self=rouse: wakes the others, then halts;
 * others=roused: halt, and once they are woken run for long before they wake the first. In the
 * NMI's handler, whose IRET may leave the guest, and nothing in it does.
 */
#include "console.h"
#include "cpu.h"
#include "cpus.h"
#include "runtime.h"
#include "start_info.h"
#include "string.h"
#include "sync.h"
#include "trap.h"
#include "xen.h"

#define A_WHILE UINT64_C(200000000) /* ticks: several of the hypervisor's looks */

#define LONG UINT64_C(12000000000) /* in QEMU: so that it would look twice, a second apart */

static unsigned long nmis, roused, lingers;

static void wait(uint64_t ticks)
{
    uint64_t start = cpu_read_tsc();

    while (cpu_read_tsc() - start < ticks) {
        /* PAUSE might leave the guest */
    }
}

static void halt(void *argument)
{
    (void)argument;
    while (!shared_read(&nmis))
        __asm__ volatile("cli; hlt" : : : "memory");
}

static void triple_fault(void *argument)
{
    (void)argument;
    cpu_load_idt(NULL, 1);
    __asm__ volatile("ud2");
}

static void wake_boot_cpu(void *argument)
{
    uint64_t start = cpu_read_tsc();

    (void)argument;
    while (cpu_read_tsc() - start < A_WHILE)
        cpu_relax();
    cpu_send(0, APIC_NMI);
}

static void rouse(void *argument)
{
    (void)argument;
    do {
        wait(A_WHILE);
        cpu_send(1, APIC_NMI);
        wait(A_WHILE);
    } while (!shared_read(&nmis));
    while (!shared_read(&roused))
        __asm__ volatile("cli; hlt" : : : "memory");
}

static void be_roused(void *argument)
{
    shared_add(&lingers, 1);
    halt(argument);
    shared_add(&roused, 1);
    cpu_send(0, APIC_NMI);
}

static const struct {
    const char *name;
    void (*body)(void *);
} ways[] = {{"halt", halt}, {"triple", triple_fault}, {"wake", wake_boot_cpu},
            {"none", NULL}, {"rouse", rouse},         {"roused", be_roused}};

static void (*way_of(const char *option))(void *)
{
    char wanted[8] = "halt";

    start_info_option(option, wanted, sizeof(wanted));
    for (unsigned int i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (string_equal(wanted, ways[i].name))
            return ways[i].body;
    }
    return NULL;
}

static bool count_nmi(struct trap_frame *frame)
{
    (void)frame;
    shared_add(&nmis, 1);
    if (shared_read(&lingers) && !shared_read(&roused))
        wait(LONG);
    return true;
}

unsigned int guest_main(void)
{
    void (*self)(void *) = way_of("self"), (*others)(void *) = way_of("others");
    unsigned int count = cpus_init();

    trap_set_handler(TRAP_NMI, count_nmi);
    for (unsigned int i = 1; others && i < count; i++) {
        if (!cpu_start(i, START_XAPIC))
            return SHUTDOWN_crash;
        cpu_run(i, others, NULL);
    }
    printf("coming to stand still\n");
    self(NULL);
    printf("woken by an NMI\n");
    return SHUTDOWN_poweroff;
}
