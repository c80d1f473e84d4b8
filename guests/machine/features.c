/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Features that CPUID shows work: the guest can read and write each MSR of a feature as the SDM
 * says (Vol. 4, table 2-2), and switch on components of XSAVE. Hidden features do not work.
 */
#include "machine.h"

enum { EAX, EBX, ECX, EDX };

#define R  1
#define W  2
#define RW (R | W)

#define CR4_OSXSAVE 0x40000UL
#define MSR_XSS     0xda0U

static uint32_t cpuid_register(uint32_t leaf, uint32_t subleaf, unsigned int reg)
{
    uint32_t last = cpu_id(leaf & 0x80000000, 0).eax;
    struct cpuid r = cpu_id(leaf, subleaf);
    const uint32_t regs[] = {r.eax, r.ebx, r.ecx, r.edx};

    return leaf <= last ? regs[reg] : 0;
}

static bool shows(uint32_t leaf, uint32_t subleaf, unsigned int reg, unsigned int bit)
{
    return cpuid_register(leaf, subleaf, reg) >> bit & 1;
}

/* Not those that need a mode which the guest is not in (x2APIC), or a bit of another MSR. */
static const struct {
    const char *name;
    uint32_t leaf, subleaf, reg, bit;
    uint32_t msr;
    unsigned int can;
} brought[] = {
    {"tsc", 1, 0, EDX, 4, 0x10, RW},
    {"apic", 1, 0, EDX, 9, 0x1b, RW},
    {"sysenter_cs", 1, 0, EDX, 11, 0x174, RW},
    {"sysenter_esp", 1, 0, EDX, 11, 0x175, RW},
    {"sysenter_eip", 1, 0, EDX, 11, 0x176, RW},
    {"mtrr_cap", 1, 0, EDX, 12, 0xfe, R},
    {"mtrr_fixed", 1, 0, EDX, 12, 0x250, RW},
    {"mtrr_default", 1, 0, EDX, 12, 0x2ff, RW},
    {"mcg_cap", 1, 0, EDX, 14, 0x179, R},
    {"mcg_status", 1, 0, EDX, 14, 0x17a, RW},
    {"pat", 1, 0, EDX, 16, 0x277, RW},
    {"tsc_deadline", 1, 0, ECX, 24, 0x6e0, RW},
    {"perf_capabilities", 1, 0, ECX, 15, 0x345, R},
    {"acpi_clock", 1, 0, EDX, 22, 0x19a, RW},
    {"thermal_interrupt", 1, 0, EDX, 22, 0x19b, RW},
    {"thermal_status", 1, 0, EDX, 22, 0x19c, RW},
    {"eist", 1, 0, ECX, 7, 0x199, RW},
    {"package_thermal", 6, 0, EAX, 6, 0x1b1, RW},
    {"hwp_enable", 6, 0, EAX, 7, 0x770, R},
    {"hdc", 6, 0, EAX, 13, 0xdb0, RW},
    {"hardware_feedback", 6, 0, EAX, 19, 0x17d0, RW},
    {"mperf", 6, 0, ECX, 0, 0xe7, RW},
    {"aperf", 6, 0, ECX, 0, 0xe8, RW},
    {"energy_bias", 6, 0, ECX, 3, 0x1b0, RW},
    {"tsc_adjust", 7, 0, EBX, 1, 0x3b, RW},
    {"rdt_monitoring", 7, 0, EBX, 12, 0xc8f, RW},
    {"mpx", 7, 0, EBX, 14, 0xd90, RW},
    {"processor_trace", 7, 0, EBX, 25, 0x570, RW},
    {"waitpkg", 7, 0, ECX, 5, 0xe1, RW},
    {"shadow_stacks_user", 7, 0, ECX, 7, 0x6a0, RW},
    {"shadow_stacks", 7, 0, ECX, 7, 0x6a2, RW},
    {"shadow_stack_0", 7, 0, ECX, 7, 0x6a4, RW},
    {"shadow_stack_table", 7, 0, ECX, 7, 0x6a8, RW},
    {"branch_tracking", 7, 0, EDX, 20, 0x6a2, RW},
    {"protection_keys", 7, 0, ECX, 31, 0x6e1, RW},
    {"enqcmd", 7, 0, ECX, 29, 0xd93, RW},
    {"user_interrupts", 7, 0, EDX, 5, 0x985, RW},
    {"mcu_opt", 7, 0, EDX, 9, 0x123, RW},
    {"branch_records", 7, 0, EDX, 19, 0x14ce, RW},
    {"spec_ctrl", 7, 0, EDX, 26, 0x48, RW},
    {"arch_capabilities", 7, 0, EDX, 29, 0x10a, R},
    {"core_capabilities", 7, 0, EDX, 30, 0xcf, R},
    {"fred", 7, 1, EAX, 17, 0x1cc, RW},
    {"hreset", 7, 1, EAX, 22, 0x17da, RW},
    {"xss", 0xd, 1, EAX, 3, MSR_XSS, RW},
    {"xfd", 0xd, 1, EAX, 4, 0x1c4, RW},
    {"star", 0x80000001, 0, EDX, 29, 0xc0000081, RW},
    {"kernel_gs", 0x80000001, 0, EDX, 29, 0xc0000102, RW},
    {"tsc_aux", 0x80000001, 0, EDX, 27, 0xc0000103, RW},
    {"tsc_aux_rdpid", 7, 0, ECX, 22, 0xc0000103, RW},
};

/* Write back the value read: that changes nothing, and only a read-only MSR refuses it. */
static void check_brought(void)
{
    unsigned int shown = 0;

    for (size_t i = 0; i < sizeof(brought) / sizeof(brought[0]); i++) {
        uint64_t value = 0;

        if (!shows(brought[i].leaf, brought[i].subleaf, brought[i].reg, brought[i].bit))
            continue;
        shown++;
        check_trap(check_name("msr.%s.read", brought[i].name), TRAP_NONE,
                   probe_read_msr(brought[i].msr, &value));
        if (brought[i].can & W)
            check_trap(check_name("msr.%s.write", brought[i].name), TRAP_NONE,
                       probe_write_msr(brought[i].msr, value));
    }
    check_true("msr.some_are_shown", shown > 15);
}

/* Read or not, the CPU has it or not: a write goes the same way as the read did. Linux asks by
 * reading and then writes, without asking CPUID. */
static void check_misc_features(void)
{
    uint64_t value = 0;
    struct trap read = probe_read_msr(0x140, &value);

    check_trap("msr.misc_features.write_as_read", read.vector, probe_write_msr(0x140, value));
    read = probe_read_msr(0x1fc, &value);
    check_trap("msr.power_ctl.write_as_read", read.vector, probe_write_msr(0x1fc, value));
}

/* Bits that no guest sees on any CPU, and an MSR of each. */
static const struct {
    const char *name;
    uint32_t leaf, subleaf, reg, bit;
    uint32_t msr; /* 0: none */
} hidden[] = {
    {"vmx", 1, 0, ECX, 5, 0x480},
    {"smx", 1, 0, ECX, 6, 0},
    {"ds_area", 1, 0, EDX, 21, 0x600},
    {"pebs", 1, 0, ECX, 2, 0x3f1},
    {"debug_interface", 1, 0, ECX, 11, 0xc80},
    {"hdc", 6, 0, EAX, 13, 0xdb0},
    {"hardware_feedback", 6, 0, EAX, 19, 0x17d0},
    {"sgx", 7, 0, EBX, 2, 0x8c},
    {"rdt_monitoring", 7, 0, EBX, 12, 0xc8f},
    {"mpx", 7, 0, EBX, 14, 0xd90},
    {"rdt_allocation", 7, 0, EBX, 15, 0xc90},
    {"processor_trace", 7, 0, EBX, 25, 0x570},
    {"tme", 7, 0, ECX, 13, 0x982},
    {"key_locker", 7, 0, ECX, 23, 0x990},
    {"enqcmd", 7, 0, ECX, 29, 0xd93},
    {"user_interrupts", 7, 0, EDX, 5, 0x985},
    {"pconfig", 7, 0, EDX, 18, 0},
    {"branch_records", 7, 0, EDX, 19, 0x14ce},
    {"branch_records_from", 7, 0, EDX, 19, 0x1500},
    {"core_capabilities", 7, 0, EDX, 30, 0xcf},
    {"lass", 7, 1, EAX, 6, 0},
    {"monitoring_extended", 7, 1, EAX, 8, 0},
    {"fred", 7, 1, EAX, 17, 0x1cc},
    {"hreset", 7, 1, EAX, 22, 0x17da},
    {"lam", 7, 1, EAX, 26, 0},
    {"msrlist", 7, 1, EAX, 27, 0},
    {"pt_state", 0xd, 1, ECX, 8, 0},
    {"branch_record_state", 0xd, 1, ECX, 15, 0},
};

static void check_hidden(void)
{
    uint64_t value;

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        check_true(check_name("hidden.%s", hidden[i].name),
                   !shows(hidden[i].leaf, hidden[i].subleaf, hidden[i].reg, hidden[i].bit));
        if (!hidden[i].msr)
            continue;
        check_trap(check_name("hidden.%s.read", hidden[i].name), TRAP_GP,
                   probe_read_msr(hidden[i].msr, &value));
        check_trap(check_name("hidden.%s.write", hidden[i].name), TRAP_GP,
                   probe_write_msr(hidden[i].msr, 0));
    }
}

/* Leaves of hidden features, and of no feature; they would reveal more than the bits do. */
static void check_leaves(void)
{
    static const uint32_t empty[] = {
        0x3,  0x8,  0x9,  0xc,  0xe,  0xf,  0x10,       0x12,       0x14,       0x19,
        0x1b, 0x1c, 0x20, 0x23, 0x24, 0x7f, 0x3fffffff, 0x80000009, 0x8fffffff, 0xc0000000};
    uint32_t seen = 0;

    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        struct cpuid r = cpu_id(empty[i], 0);

        seen |= r.eax | r.ebx | r.ecx | r.edx;
    }
    check_value("leaves.not_served_read_zero", 0, seen);
    check_true("leaves.highest", cpu_id(0, 0).eax >= 0xd && cpu_id(0, 0).eax < 0x20);
    check_value("leaves.highest_extended", 0x80000008, cpu_id(0x80000000, 0).eax);
    check_true("leaves.of_7", cpu_id(7, 0).eax <= 2);
}

static void xcr0_write(void *value)
{
    uint64_t xcr0 = *(uint64_t *)value;

    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)));
}

/* Each component in leaf 0xd has a size and a place, except one in Bochs 2.7, PKRU. Other
 * components have none. Returns the end of the last one. */
static uint32_t check_components(uint64_t xcr0, uint64_t xss)
{
    uint32_t end = 576;

    for (unsigned int n = 2; n < 63; n++) {
        struct cpuid r = cpu_id(0xd, n);
        bool named = (xcr0 | xss) >> n & 1;

        if (!named)
            check_value(check_name("xsave.component_%u", n), 0, r.eax | r.ebx | r.ecx | r.edx);
        if (xcr0 >> n & 1 && r.eax + r.ebx > end)
            end = r.eax + r.ebx;
    }
    return end;
}

static void check_xsave(void)
{
    struct cpuid all = cpu_id(0xd, 0), more = cpu_id(0xd, 1);
    uint64_t xcr0 = all.eax | (uint64_t)all.edx << 32, xss = more.ecx | (uint64_t)more.edx << 32;
    uint64_t first = 1;
    struct trap trap;

    check_true("xsave.room_for_all", check_components(xcr0, xss) <= all.ecx);
    cpu_write_cr4(cpu_read_cr4() | CR4_OSXSAVE);
    check_trap("xsave.all_on", TRAP_NONE, trap_try(xcr0_write, &xcr0));
    check_value("xsave.size_of_all", all.ecx, cpu_id(0xd, 0).ebx);
    for (unsigned int n = 2; n < 64; n++) {
        uint64_t beyond = xcr0 | UINT64_C(1) << n;

        trap = trap_try(xcr0_write, &beyond);
        if (trap.vector != (beyond == xcr0 ? TRAP_NONE : TRAP_GP))
            check_trap(check_name("xsave.bit_%u", n), TRAP_GP, trap);
    }
    trap_try(xcr0_write, &first);
    cpu_write_cr4(cpu_read_cr4() & ~CR4_OSXSAVE);
    if (!(more.eax & 8)) {
        check_value("xsave.no_supervisor_components", 0, xss);
        return;
    }
    check_trap("xsave.xss", TRAP_NONE, probe_write_msr(MSR_XSS, xss));
    check_trap("xsave.xss_others", TRAP_GP, probe_write_msr(MSR_XSS, UINT64_C(1) << 15));
    check_trap("xsave.xss_none", TRAP_NONE, probe_write_msr(MSR_XSS, 0));
}

static void cr4_set(void *value)
{
    cpu_write_cr4(*(unsigned long *)value);
}

/* The guest can't switch on hidden features either, as on a CPU that lacks them. */
static void check_cr4(void)
{
    static const struct {
        const char *name;
        unsigned int bit;
    } bits[] = {{"vmx", 13},  {"smx", 14}, {"key_locker", 19}, {"user_interrupts", 25},
                {"lass", 27}, {"lam", 28}, {"fred", 32}};

    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        unsigned long value = cpu_read_cr4() | 1UL << bits[i].bit;

        check_trap(check_name("cr4.%s", bits[i].name), TRAP_GP, trap_try(cr4_set, &value));
    }
}

void area_features(void)
{
    check_brought();
    check_misc_features();
    check_hidden();
    check_leaves();
    check_xsave();
    check_cr4();
}
