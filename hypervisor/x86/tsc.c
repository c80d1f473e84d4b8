/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/tsc.h"

#include <stdbool.h>

/* The 8254 timer; its channel 2 has its gate and its output at the PC's port B. */
#define PORT_CHANNEL2 0x42
#define PORT_COMMAND  0x43
#define PORT_B        0x61
#define B_GATE        0x01
#define B_SPEAKER     0x02
#define B_OUTPUT      0x20

#define CHANNEL2_ONE_SHOT 0xb0 /* both bytes of the count, mode 0: output rises at its end */
#define PIT_HZ            1193182
#define PM_HZ             3579545
#define PM_MASK           0xffffffU /* all have 24 bits, some 32 */
#define SHARE             100       /* of a second */

#define PATIENCE 10000000 /* port reads of 0.1 us and more, for 10 ms */

/* An emulator may be slow; nothing is faster. */
#define SLOWEST_HZ UINT64_C(1000000)
#define FASTEST_HZ UINT64_C(20000000000)
#define TOLERANCE  20 /* a measurement may be off by this part of it: firmware interrupts the CPU */

static uint64_t plausible(uint64_t hz)
{
    return hz >= SLOWEST_HZ && hz <= FASTEST_HZ ? hz : 0;
}

/* If a CPU does not tell its crystal's frequency, its base frequency is the TSC's. */
uint64_t tsc_by_cpuid(const struct tsc_leaves *leaves)
{
    if (leaves->denominator && leaves->numerator && leaves->crystal_hz) {
        return plausible((uint64_t)leaves->crystal_hz * leaves->numerator / leaves->denominator);
    }
    return plausible(leaves->base_mhz * UINT64_C(1000000));
}

static void start_count(const struct tsc_machine *machine, uint16_t count)
{
    machine->out8(PORT_COMMAND, CHANNEL2_ONE_SHOT);
    machine->out8(PORT_CHANNEL2, (uint8_t)count);
    machine->out8(PORT_CHANNEL2, (uint8_t)(count >> 8));
}

static bool output(const struct tsc_machine *machine)
{
    return machine->in8(PORT_B) & B_OUTPUT;
}

/* If the output is high at once, there is no timer, or it does not count. */
uint64_t tsc_by_pit(const struct tsc_machine *machine)
{
    uint8_t port_b = machine->in8(PORT_B);
    uint64_t start, ticks;
    unsigned int i = 0;
    bool there;

    machine->out8(PORT_B, (uint8_t)((port_b & ~B_SPEAKER) | B_GATE));
    start_count(machine, PIT_HZ / SHARE);
    start = machine->tsc();
    there = !output(machine);
    while (there && i < PATIENCE && !output(machine)) {
        i++;
    }
    ticks = machine->tsc() - start;
    machine->out8(PORT_B, port_b);
    return there && i < PATIENCE ? plausible(ticks * SHARE) : 0;
}

uint64_t tsc_by_pm_timer(const struct tsc_machine *machine, uint16_t port)
{
    uint32_t first = port ? machine->in32(port) & PM_MASK : 0, passed = 0;
    uint64_t start = machine->tsc(), ticks;
    unsigned int i;

    for (i = 0; port && i < PATIENCE && passed < PM_HZ / SHARE; i++) {
        passed = (machine->in32(port) - first) & PM_MASK;
    }
    ticks = machine->tsc() - start;
    /* ticks * PM_HZ does not overflow: 10 ms are at most 2^28 ticks at plausible frequencies. */
    return passed >= PM_HZ / SHARE && ticks <= FASTEST_HZ ? plausible(ticks * PM_HZ / passed) : 0;
}

uint64_t tsc_choose(uint64_t by_cpuid, uint64_t measured)
{
    uint64_t apart = by_cpuid > measured ? by_cpuid - measured : measured - by_cpuid;

    return by_cpuid && (!measured || apart <= measured / TOLERANCE) ? by_cpuid : measured;
}
