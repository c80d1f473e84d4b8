/* SPDX-License-Identifier: BSD-2-Clause */
/* Every MSR number in the architectural ranges: the guest reads it, writes the read value back, and
 * writes random values. */
#include "hostile.h"

#define MSR_TSC          0x10U
#define MSR_APIC_BASE    0x1bU
#define MSR_TSC_ADJUST   0x3bU
#define MSR_MISC_ENABLE  0x1a0U
#define MSR_MTRR_FIXED   0x250U
#define MSR_MTRR_DEFAULT 0x2ffU
#define MSR_PEBS_ENABLE  0x3f1U
#define MSR_PT_BASE      0x560U
#define MSR_PT_CONTROL   0x570U
#define MSR_DS_AREA      0x600U
#define MSR_X2APIC_FIRST 0x800U
#define MSR_X2APIC_LAST  0x8ffU
#define MSR_XSS          0xda0U
#define MSR_HYPERCALLS   0x40000000U
#define MSR_EFER         0xc0000080U

#define RANDOM_WRITES 3

static const struct {
    uint32_t first, last;
} ranges[] = {
    {0, 0x1fff},
    {0x40000000, 0x400000ff},
    {0xc0000000, 0xc0001fff},
    {0xfffffff0, 0xffffffff},
};

/* MSRs that the attack does not write at random, each with its reason. It writes back the read
 * value nevertheless. */
static const struct {
    uint32_t first, last;
} spared[] = {
    {MSR_APIC_BASE, MSR_APIC_BASE},      /* apic.c has its values */
    {MSR_X2APIC_FIRST, MSR_X2APIC_LAST}, /* x2apic.c's */
    {MSR_HYPERCALLS, MSR_HYPERCALLS},    /* would write to the guest's own memory at random */
    {MSR_EFER, MSR_EFER},                /* registers.c's: LME and NXE are what the guest runs on */
};

static bool is_spared(uint32_t msr)
{
    for (size_t i = 0; i < sizeof(spared) / sizeof(spared[0]); i++)
        if (msr >= spared[i].first && msr <= spared[i].last)
            return true;
    return false;
}

struct seen {
    unsigned int tried, read, rewritten, random;
};

static void write_at_random(uint32_t msr, uint64_t before, struct random *r, struct seen *seen)
{
    unsigned int taken = 0;

    for (unsigned int i = 0; i < RANDOM_WRITES; i++)
        taken += probe_write_msr(msr, random_awkward(r)).vector == TRAP_NONE;
    if (taken) {
        hostile_exit();
        probe_write_msr(msr, before);
    }
    seen->random += taken;
}

static void try_msr(uint32_t msr, struct random *r, struct seen *seen)
{
    uint64_t value = 0;

    seen->tried++;
    if (probe_read_msr(msr, &value).vector == TRAP_NONE) {
        seen->read++;
        seen->rewritten += probe_write_msr(msr, value).vector == TRAP_NONE;
    }
    if (!is_spared(msr))
        write_at_random(msr, value, r, seen);
}

/* Whether a write is refused or has no effect: then the hypervisor has not passed it to the CPU. */
static bool has_no_effect(uint32_t msr, uint64_t value)
{
    uint64_t before = 0, after = 0;

    probe_read_msr(msr, &before);
    if (probe_write_msr(msr, value).vector != TRAP_NONE)
        return true;
    probe_read_msr(msr, &after);
    return before == after;
}

static void check_kept(void)
{
    static const struct {
        const char *name;
        uint32_t msr;
        uint64_t value;
    } rows[] = {
        {"mtrr_default", MSR_MTRR_DEFAULT, 0}, /* would make the guest's memory uncacheable */
        {"mtrr_fixed", MSR_MTRR_FIXED, 0},
        {"mtrr_base", 0x200, 0},
        {"pebs", MSR_PEBS_ENABLE, 1},
        {"ds_area", MSR_DS_AREA, UINT64_C(0xffff800000000000)},
        {"pt_base", MSR_PT_BASE, 0x1000},
        {"pt_control", MSR_PT_CONTROL, 0},
        {"misc_enable", MSR_MISC_ENABLE, UINT64_C(1) << 34}, /* execute-disable off */
        {"xss_pt", MSR_XSS, 0x100},
        {"voltage", 0x150, UINT64_C(1) << 63},
        {"feature_control", 0x3a, 5},
        {"smm_monitor", 0x9b, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_true(check_name("kept.%s", rows[i].name), has_no_effect(rows[i].msr, rows[i].value));
}

void attack_msrs(void)
{
    struct random r = {box->arguments[0]};
    struct seen seen = {0};

    check_kept();
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        for (uint64_t msr = ranges[i].first; msr <= ranges[i].last; msr++)
            try_msr((uint32_t)msr, &r, &seen);
    printf("MSRs: %u tried, %u read, %u written back; %u random values taken\n", seen.tried,
           seen.read, seen.rewritten, seen.random);
    check_value("tried", 0x2000 + 0x100 + 0x2000 + 0x10, seen.tried);
    check_true("some_are_read_and_written", seen.read && seen.rewritten && seen.random);
}

/* The hypervisor counts a monitor's time by the time-stamp counter: the guest must not set it. */
void attack_clock(void)
{
    uint64_t start = cpu_read_tsc(), value;

    probe_write_msr(MSR_TSC, ~UINT64_C(0) - 1000000);
    check_true("tsc.goes_on", cpu_read_tsc() - start < UINT64_C(1) << 32);
    probe_write_msr(MSR_TSC, 0);
    check_true("tsc.never_back", cpu_read_tsc() > start);
    probe_write_msr(MSR_TSC_ADJUST, UINT64_C(1) << 62);
    check_true("tsc_adjust.goes_on", cpu_read_tsc() - start < UINT64_C(1) << 32);
    if (probe_read_msr(MSR_TSC_ADJUST, &value).vector == TRAP_NONE)
        check_value("tsc_adjust.as_it_was", 0, value);
}
