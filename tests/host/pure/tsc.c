/* SPDX-License-Identifier: BSD-2-Clause */
/* The frequency of the TSC, on a machine of fake registers; and the limit of mapped device
 * memory. */
#include "pure/refusals.h"

#include "memory/reach.h"
#include "x86/tsc.h"

#include <stdbool.h>

#define PM_PORT 0x408
#define HZ      UINT64_C(2400000000)

/* Time passes with each access: a port takes a microsecond. */
static struct fake {
    uint64_t tsc_hz;
    bool has_pit, has_pm, pit_gated, pm_stopped;
    uint32_t pm_start;
    uint64_t nanoseconds, pit_since;
    unsigned int pit_bytes;
    uint8_t port_b;
} fake;

static uint64_t pass(void)
{
    fake.nanoseconds += 1000;
    return fake.nanoseconds;
}

static bool pit_is_done(void)
{
    return !fake.pit_gated && fake.pit_bytes == 2 &&
           (fake.nanoseconds - fake.pit_since) * 1193182 / 1000000000 >= 11931;
}

static uint8_t in8(uint16_t port)
{
    pass();
    assert_int_equal(port, 0x61);
    return fake.has_pit ? (uint8_t)(fake.port_b | (pit_is_done() ? 0x20 : 0)) : 0xff;
}

static void out8(uint16_t port, uint8_t value)
{
    pass();
    if (port == 0x61) {
        fake.port_b = value & 0xdf;
    } else if (port == 0x43) {
        assert_int_equal(value, 0xb0);
        fake.pit_bytes = 0;
    } else {
        assert_int_equal(port, 0x42);
        fake.pit_bytes++;
        fake.pit_since = fake.nanoseconds;
    }
}

static uint32_t in32(uint16_t port)
{
    uint64_t ticks = fake.pm_stopped ? 0 : pass() * 3579545 / 1000000000;

    assert_int_equal(port, PM_PORT);
    return fake.has_pm ? (uint32_t)(fake.pm_start + ticks) : UINT32_MAX;
}

static uint64_t tsc(void)
{
    return fake.nanoseconds * (fake.tsc_hz / 1000) / 1000000;
}

static const struct tsc_machine machine = {in8, out8, in32, tsc};

static void expect_about(const char *what, uint64_t want, uint64_t seen)
{
    if (seen < want - want / 500 || seen > want + want / 500)
        fail_msg("%s: %lu Hz, should be %lu", what, (unsigned long)seen, (unsigned long)want);
}

static void by_the_pc_s_timer(void **state)
{
    (void)state;
    fake = (struct fake){.tsc_hz = HZ, .has_pit = true, .port_b = 0x0e};
    expect_about("2.4 GHz", HZ, tsc_by_pit(&machine));
    assert_int_equal(fake.port_b, 0x0e); /* unchanged */
    fake = (struct fake){.tsc_hz = 50000000, .has_pit = true};
    expect_about("an emulator's 50 MHz", 50000000, tsc_by_pit(&machine));
    fake = (struct fake){.tsc_hz = HZ, .has_pit = true, .pit_gated = true};
    assert_int_equal(tsc_by_pit(&machine), 0); /* and the loop ends */
    fake = (struct fake){.tsc_hz = HZ};
    assert_int_equal(tsc_by_pit(&machine), 0);
}

static void by_acpi_s_timer(void **state)
{
    (void)state;
    fake = (struct fake){.tsc_hz = HZ, .has_pm = true, .pm_start = 1000};
    expect_about("24 bits", HZ, tsc_by_pm_timer(&machine, PM_PORT));
    fake = (struct fake){.tsc_hz = HZ, .has_pm = true, .pm_start = 0xfffff0};
    expect_about("24 bits wrap", HZ, tsc_by_pm_timer(&machine, PM_PORT));
    fake = (struct fake){.tsc_hz = HZ, .has_pm = true, .pm_start = 0xfffffff0};
    expect_about("32 bits wrap", HZ, tsc_by_pm_timer(&machine, PM_PORT));
    fake = (struct fake){.tsc_hz = HZ, .has_pm = true, .pm_stopped = true};
    assert_int_equal(tsc_by_pm_timer(&machine, PM_PORT), 0);
    fake = (struct fake){.tsc_hz = HZ};
    assert_int_equal(tsc_by_pm_timer(&machine, PM_PORT), 0); /* all ones */
    assert_int_equal(tsc_by_pm_timer(&machine, 0), 0);
}

/* SDM Vol. 3B 19.7.3. */
static void by_cpuid(void **state)
{
    static const struct {
        const char *name;
        struct tsc_leaves leaves;
        uint64_t want;
    } cpus[] = {
        {"a client's crystal of 24 MHz", {2, 216, 24000000, 2600}, 2592000000},
        {"38.4 MHz", {2, 156, 38400000, 0}, 2995200000},
        {"a server that does not say its crystal", {2, 168, 0, 2100}, 2100000000},
        {"no leaf 15h, but 16h", {0, 0, 0, 3000}, 3000000000},
        {"no ratio", {0, 100, 24000000, 0}, 0},
        {"neither leaf", {0, 0, 0, 0}, 0},
        {"too fast", {1, UINT32_MAX, UINT32_MAX, 0}, 0},
        {"too slow", {100, 1, 24000000, 0}, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cpus); i++)
        if (tsc_by_cpuid(&cpus[i].leaves) != cpus[i].want)
            fail_msg("%s: %lu", cpus[i].name, (unsigned long)tsc_by_cpuid(&cpus[i].leaves));
}

static void what_counts(void **state)
{
    (void)state;
    assert_int_equal(tsc_choose(HZ, HZ + HZ / 100), HZ); /* exact, and it agrees */
    assert_int_equal(tsc_choose(HZ, HZ - HZ / 100), HZ);
    assert_int_equal(tsc_choose(HZ, 50000000), 50000000); /* an emulator that shows another CPU */
    assert_int_equal(tsc_choose(HZ, HZ * 2), HZ * 2);
    assert_int_equal(tsc_choose(HZ, 0), HZ);
    assert_int_equal(tsc_choose(0, HZ), HZ);
    assert_int_equal(tsc_choose(0, 0), 0);
}

/* By the width of physical addresses, EPT's pages, and the pages in the pool. */
static void device_memory(void **state)
{
    static const struct {
        const char *name;
        unsigned int width;
        bool has_2m, has_1g;
        uint64_t pages;
        unsigned int want;
    } machines[] = {
        {"Bochs, 4 MiB", 40, true, true, 960, 40},
        {"a client of 39 bits", 39, true, true, 960, 39},
        {"a server: BARs at 56 TiB", 46, true, true, 960 + 64 * 256, 46},
        {"all that EPT can, 16 GiB", 48, true, true, 16384 + 512, 48},
        {"all that EPT can, but 4 MiB of pool", 48, true, true, 960, 45},
        {"without 1 GiB pages, 4 MiB", 40, true, false, 960, 36},
        {"without 1 GiB pages, 2 GiB", 46, true, false, 524288, 45},
        {"4 KiB pages only", 40, false, false, 524288, 36},
        {"nothing to spend", 46, true, true, 0, 32},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(machines); i++) {
        unsigned int bits = reach_bits(machines[i].width, machines[i].has_2m, machines[i].has_1g,
                                       machines[i].pages);

        if (bits != machines[i].want)
            fail_msg("%s: %u bits, should be %u", machines[i].name, bits, machines[i].want);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_pc_s_timer), cmocka_unit_test(by_acpi_s_timer),
        cmocka_unit_test(by_cpuid),          cmocka_unit_test(what_counts),
        cmocka_unit_test(device_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
