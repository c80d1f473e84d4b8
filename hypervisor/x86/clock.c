/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/log.h"
#include "x86/tsc.h"
#include "x86/x86.h"

#define CPUID_TSC       0x15U
#define CPUID_FREQUENCY 0x16U
#define GUESS_HZ        UINT64_C(1000000000)

static uint8_t read8(uint16_t port)
{
    return in8(port);
}

static void write8(uint16_t port, uint8_t value)
{
    out8(port, value);
}

static uint32_t read32(uint16_t port)
{
    return in_sized(port, 4);
}

static uint64_t read_tsc(void)
{
    return rdtsc();
}

static struct tsc_leaves leaves(void)
{
    uint32_t last = cpuid(0, 0).eax;
    struct tsc_leaves l = {0, 0, 0, 0};

    if (last >= CPUID_TSC) {
        struct cpuid_regs r = cpuid(CPUID_TSC, 0);

        l = (struct tsc_leaves){r.eax, r.ebx, r.ecx, 0};
    }
    if (last >= CPUID_FREQUENCY) {
        l.base_mhz = cpuid(CPUID_FREQUENCY, 0).eax & 0xffff;
    }
    return l;
}

uint64_t clock_measure_tsc(uint16_t pm_timer)
{
    static const struct tsc_machine machine = {read8, write8, read32, read_tsc};
    const struct tsc_leaves l = leaves();
    uint64_t by_cpuid = tsc_by_cpuid(&l), by_pit = tsc_by_pit(&machine);
    uint64_t measured = by_pit ? by_pit : tsc_by_pm_timer(&machine, pm_timer);
    uint64_t hz = tsc_choose(by_cpuid, measured);

    if (!hz) {
        log_line("nothing tells how fast the TSC counts: taken for 1 GHz, times will be wrong");
    } else if (!by_pit) {
        log_line("the PC's timer does not count: %lu MHz by %s", hz / 1000000,
                 hz == measured ? "ACPI's timer" : "CPUID");
    }
    return hz ? hz : GUESS_HZ;
}
