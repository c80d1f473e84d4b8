/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC: its base, NMIs to oneself, x2APIC mode. */
#include "cpus/outside.h"
#include "cpus/several.h"
#include "hostile.h"

#define MSR_APIC_BASE 0x1bU
#define BASE_BITS     UINT64_C(0xfff) /* below the address */
#define BASE_BOOTS    UINT64_C(0x100)
#define BASE_ENABLED  UINT64_C(0x800)
#define BASE_X2APIC   UINT64_C(0x400)
#define ADDRESS       UINT64_C(0xfee00000)

#define APIC_SPURIOUS 0xf0
#define APIC_ICR_LOW  0x300
#define APIC_ICR_HIGH 0x310
#define ICR_NMI_SELF  0x4400

#define X2APIC_FIRST 0x800U
#define X2APIC_LAST  0x8ffU

static volatile uint32_t *apic(unsigned int offset)
{
    return (volatile uint32_t *)(ADDRESS + offset);
}

/* The APIC's page has priority over memory: the guest must not put it over the hypervisor's memory,
 * or over any RAM. */
void attack_apic(void)
{
    uint64_t base = cpu_read_msr(MSR_APIC_BASE), low = base & BASE_BITS;
    const uint64_t rows[] = {
        own.first, OWN_HOLE_GFN, own.first + own.count - 1, own.first + own.count / 2, VICTIM_GFN,
        0,         0xfec00,      UINT64_C(1) << 24,         UINT64_C(1) << 40,
    };
    unsigned int refused = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        refused += probe_write_msr(MSR_APIC_BASE, rows[i] * PAGE_SIZE | low).vector == TRAP_GP;
    check_value("moves_refused", sizeof(rows) / sizeof(rows[0]), refused);
    /* Another CPU with the boot bit would run the firmware after an INIT. */
    check_trap("boots", TRAP_NONE, probe_write_msr(MSR_APIC_BASE, base ^ BASE_BOOTS));
    check_value("boots_as_before", base, cpu_read_msr(MSR_APIC_BASE));
    for (uint64_t bit = 1; bit < 0x800; bit <<= 1)
        if (bit != BASE_BOOTS && bit != BASE_X2APIC)
            check_trap(check_name("reserved_%x", (unsigned int)bit), TRAP_GP,
                       probe_write_msr(MSR_APIC_BASE, base | bit));
    check_trap("x2apic_without_enabled", TRAP_GP,
               probe_write_msr(MSR_APIC_BASE, (base & ~BASE_ENABLED) | BASE_X2APIC));
    check_trap("same", TRAP_NONE, probe_write_msr(MSR_APIC_BASE, base));
    check_value("as_before", base, cpu_read_msr(MSR_APIC_BASE));
}

static volatile unsigned long nmis;

static bool count_nmi(struct trap_frame *frame)
{
    (void)frame;
    nmis++;
    return true;
}

static void wait_for_nmi(unsigned long count)
{
    for (unsigned int i = 0; i < 5000 && nmis < count; i++)
        __asm__ volatile("pause");
}

/* To oneself, right before a hypercall, in it, and with exits of all kinds around; then without a
 * pause. Argument 2: how many of each. */
void attack_nmis(void)
{
    const unsigned long rounds = box->arguments[2];
    xen_extraversion_t text;
    unsigned long lost = 0, wrong = 0;

    trap_set_handler(2, count_nmi);
    *apic(APIC_SPURIOUS) |= 0x100;
    *apic(APIC_ICR_HIGH) = cpu_id(1, 0).ebx & 0xff000000;
    nmis = 0;
    for (unsigned long i = 0; i < rounds; i++) {
        unsigned long before = nmis;

        *apic(APIC_ICR_LOW) = ICR_NMI_SELF;
        wrong += xen_version(XENVER_extraversion, text) != 0;
        hostile_exit();
        wait_for_nmi(before + 1);
        lost += nmis != before + 1;
    }
    check_value("lost", 0, lost);
    check_value("wrong_answers", 0, wrong);
    nmis = 0;
    for (unsigned long i = 0; i < rounds; i++)
        *apic(APIC_ICR_LOW) = ICR_NMI_SELF;
    wait_for_nmi(1);
    check_true("some_of_a_storm_come", nmis > 0 && nmis <= rounds);
    trap_set_handler(2, NULL);
}

/* ICR, self IPI, LVT and timer would send the guest interrupts it has no handlers for. */
static bool is_spared(uint32_t msr)
{
    return (msr >= 0x82f && msr <= 0x83f) || msr == 0x808;
}

void attack_x2apic(void)
{
    struct random r = {box->arguments[0]};
    uint64_t base = cpu_read_msr(MSR_APIC_BASE), value = 0;
    unsigned int read = 0;

    if (!(cpu_id(1, 0).ecx & 1U << 21))
        return;
    check_trap("enter", TRAP_NONE, probe_write_msr(MSR_APIC_BASE, base | BASE_X2APIC));
    for (uint32_t msr = X2APIC_FIRST; msr <= X2APIC_LAST; msr++) {
        bool readable = probe_read_msr(msr, &value).vector == TRAP_NONE;

        read += readable;
        if (is_spared(msr))
            continue;
        for (unsigned int i = 0; i < 3; i++)
            probe_write_msr(msr, random_awkward(&r));
        if (readable)
            probe_write_msr(msr, value);
    }
    check_true("some_are_read", read > 10);
    if (!several())
        outside_by_x2apic();
    check_trap("back_to_memory", TRAP_GP, probe_write_msr(MSR_APIC_BASE, base));
    hostile_exit();
}
