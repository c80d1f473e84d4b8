/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Carries out the attacks it is told to, through a mailbox like that of guests/monitored: the
 * command is an attack's number, argument 0 the seed of its random numbers; the result is how many
 * of its checks failed. The mailbox's `area` holds the attacks' names, MAILBOX_NAME_SIZE bytes
 * each.
 */
#include "ends.h"
#include "hostile.h"
#include "names.h"
#include "runtime.h"

static const struct {
    char name[HOSTILE_NAME_SIZE];
    attack_function *run;
} attacks[] = {
    {"own-memory", attack_own_memory},
    {"all-memory", attack_all_memory},
    {"page-tables", attack_page_tables},
    {"descriptor-tables", attack_descriptors},
    {"VMX-structures", attack_vmx_structures},
    {"VE-page", attack_ve_page},
    {"hypercall-buffers", attack_buffers},
    {"control-registers", attack_control_registers},
    {"debug-registers", attack_debug_registers},
    {"MSRs", attack_msrs},
    {"clock", attack_clock},
    {"modes", attack_modes},
    {"ends-of-memory", attack_ends_of_memory},
    {"user-mode", attack_user},
    {"ports", attack_ports},
    {"APIC", attack_apic},
    {"NMIs", attack_nmis},
    {"CPUID-flood", attack_cpuid_flood},
    {"hypercall-flood", attack_call_flood},
    {"random-hypercalls", attack_calls},
    {"x2APIC", attack_x2apic},
};
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

_Static_assert(ATTACKS <= HOSTILE_ATTACKS_MAX, "the area has room for the names");

struct own own;
volatile struct mailbox *box;

/* The reserved range in the midst of RAM. */
static void find_own(void)
{
    uint32_t count;
    const struct hvm_memmap_table_entry *map = start_info_memory(&count);

    for (uint32_t i = 0; i < count; i++)
        if (map[i].type == XEN_HVM_MEMMAP_TYPE_RESERVED && map[i].addr >= 0x1000000 &&
            map[i].addr % 0x200000 == 0 && map[i].size % 0x200000 == 0)
            own = (struct own){map[i].addr / PAGE_SIZE, map[i].size / PAGE_SIZE};
}

static uint64_t carry_out(uint32_t number)
{
    uint64_t before = check_failures();

    printf("attack %s, seed %#lx\n", attacks[number].name, (unsigned long)box->arguments[0]);
    check_area(attacks[number].name);
    attacks[number].run();
    hostile_check_alive("the hypervisor answers afterwards");
    return check_failures() - before;
}

static void serve(void)
{
    while (box->order == box->done)
        box->turns++;
    if (box->command >= ATTACKS) {
        printf("the end: %#x\n", box->command);
        xen_shutdown(check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash);
    }
    box->result = carry_out(box->command);
    box->vector = MAILBOX_NO_TRAP;
    box->done = box->order;
}

unsigned int guest_main(void)
{
    char *names = memory_pages(HOSTILE_ATTACKS_MAX * HOSTILE_NAME_SIZE / PAGE_SIZE);

    find_own();
    if (!own.count || !world_init())
        return SHUTDOWN_crash;
    hostile_end();
    box = memory_pages(1);
    for (size_t i = 0; i < ATTACKS; i++)
        memcpy(names + i * HOSTILE_NAME_SIZE, attacks[i].name, HOSTILE_NAME_SIZE);
    box->area = (uintptr_t)names;
    printf("mailbox: %#lx\n", (unsigned long)(uintptr_t)box);
    for (;;)
        serve();
}
