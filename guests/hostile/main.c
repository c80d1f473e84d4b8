/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries out attacks by orders through a mailbox like that of guests/monitored: the command is an
 * attack's number, argument 0 the seed of its random numbers; the result is how many of its checks
 * failed. The mailbox's `area` holds the attacks' names, MAILBOX_NAME_SIZE bytes each.
 */
#include "cpus/several.h"
#include "hostile.h"
#include "runtime.h"

#include <xen/hvm/params.h>

static const struct {
    char name[HOSTILE_NAME_SIZE];
    attack_function *run;
    /* ALONE: of two, CPU 1 makes hypercalls meanwhile. NOT_QEMU: as ANY, but QEMU's emulated CPUs
     * have no INT1 and raise no #AC. */
    enum { ALONE, TWO, ANY, NOT_QEMU } cpus;
} attacks[] = {
    {"own-memory", attack_own_memory, ALONE},
    {"all-memory", attack_all_memory, ALONE},
    {"page-tables", attack_page_tables, ALONE},
    {"descriptor-tables", attack_descriptors, ALONE},
    {"VMX-structures", attack_vmx_structures, ALONE},
    {"VE-page", attack_ve_page, ALONE},
    {"hypercall-buffers", attack_buffers, ALONE},
    {"ballooning", attack_ballooning, ANY},
    {"control-registers", attack_control_registers, ALONE},
    {"debug-registers", attack_debug_registers, ALONE},
    {"MSRs", attack_msrs, ALONE},
    {"clock", attack_clock, ALONE},
    {"modes", attack_modes, ALONE},
    {"ends-of-memory", attack_ends_of_memory, ALONE},
    {"user-mode", attack_user, ALONE},
    {"trap-flag", attack_trap_flag, ALONE},
    {"ports", attack_ports, ALONE},
    {"APIC", attack_apic, ALONE},
    {"NMIs", attack_nmis, ALONE},
    {"CPUs-outside", attack_outside, ANY},
    {"CPUID-flood", attack_cpuid_flood, ALONE},
    {"hypercall-flood", attack_call_flood, ALONE},
    {"console-flood", attack_console_flood, ALONE},
    {"remaps", attack_remaps, ALONE},
    {"random-hypercalls", attack_calls, ALONE},
    {"calls-of-two-CPUs", attack_calls_of_two, TWO},
    {"INIT-and-start-ups", attack_starts, TWO},
    {"NMIs-from-outside", attack_nmis_of_others, TWO},
    {HOSTILE_VMFUNC, attack_vmfunc, TWO},
    {HOSTILE_THREE_SIDES, attack_three_sides, TWO},
    {"triple-faults", attack_triple_faults, TWO},
    {HOSTILE_RECURSION "debug-exceptions", attack_debug_exceptions, NOT_QEMU},
    {HOSTILE_RECURSION "alignment-checks", attack_alignment_checks, NOT_QEMU},
    {"x2APIC", attack_x2apic, ALONE}, /* the last: there is no way back */
};
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

_Static_assert(ATTACKS < HOSTILE_RESCUE_SLOT, "the area has room for the names");

struct own own;
volatile struct mailbox *box;

/* The reserved range with the rings. The guest sees nothing else of it. */
static void find_own(void)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);
    uint64_t rings = 0;

    if (xen_get_param(HVM_PARAM_CONSOLE_PFN, &rings))
        return;
    for (uint32_t i = 0; i < count; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RESERVED && rings >= map[i].addr / PAGE_SIZE &&
            rings < (map[i].addr + map[i].size) / PAGE_SIZE)
            own = (struct own){map[i].addr / PAGE_SIZE, map[i].size / PAGE_SIZE, rings};
}

/* By their numbers outside. */
static unsigned int known[ATTACKS], known_count;

static void list(char *names)
{
    for (unsigned int i = 0; i < ATTACKS; i++) {
        if (attacks[i].cpus == TWO && !several()) {
            printf("one CPU: no %s\n", attacks[i].name);
            continue;
        }
        if (attacks[i].cpus == NOT_QEMU && cpu_is_qemu()) {
            printf("QEMU: no %s\n", attacks[i].name);
            continue;
        }
        memcpy(names + (size_t)known_count * HOSTILE_NAME_SIZE, attacks[i].name, HOSTILE_NAME_SIZE);
        known[known_count++] = i;
    }
}

volatile struct hostile_rescue *hostile_rescue(void)
{
    _Static_assert(sizeof(struct hostile_rescue) <= HOSTILE_NAME_SIZE, "it takes a name's place");
    return (void *)(uintptr_t)(box->area + HOSTILE_RESCUE_SLOT * HOSTILE_NAME_SIZE);
}

static void run(unsigned int attack)
{
    if (!several()) {
        attacks[attack].run();
        return;
    }
    if (attacks[attack].cpus != ALONE)
        attacks[attack].run();
    several_begin();
    if (attacks[attack].cpus == ALONE)
        attacks[attack].run();
    several_end();
}

static uint64_t carry_out(unsigned int attack)
{
    uint64_t before = check_failures();

    printf("attack %s, seed %#lx\n", attacks[attack].name, (unsigned long)box->arguments[0]);
    check_area(attacks[attack].name);
    run(attack);
    hostile_check_alive("the hypervisor answers afterwards");
    return check_failures() - before;
}

static void serve(void)
{
    while (box->order == box->done) {
        box->turns++;
        cpu_relax();
    }
    if (box->command >= known_count) {
        printf("the end: %#x\n", box->command);
        xen_shutdown(check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash);
    }
    box->result = carry_out(known[box->command]);
    box->vector = MAILBOX_NO_TRAP;
    box->done = box->order;
}

unsigned int guest_main(void)
{
    char *names = memory_pages(HOSTILE_ATTACKS_MAX * HOSTILE_NAME_SIZE / PAGE_SIZE);

    find_own();
    if (!own.count || !world_init() || !several_init())
        return SHUTDOWN_crash;
    hostile_end();
    box = memory_pages(1);
    list(names);
    box->area = (uintptr_t)names;
    printf("mailbox: %#lx\n", (unsigned long)(uintptr_t)box);
    for (;;)
        serve();
}
