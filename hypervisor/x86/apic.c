/* SPDX-License-Identifier: BSD-2-Clause */
#include "x86/apic.h"

#include "memory/pages.h"
#include "x86/x86.h"

#define CPUID_TOPOLOGY   0xb
#define PATIENCE         1000000
#define HIGH_DESTINATION 24

uint32_t apic_own_id(void)
{
    if (cpuid(0, 0).eax >= CPUID_TOPOLOGY && cpuid(CPUID_TOPOLOGY, 0).ebx) {
        return cpuid(CPUID_TOPOLOGY, 0).edx;
    }
    return cpuid(1, 0).ebx >> 24;
}

bool apic_is_x2(void)
{
    return rdmsr(MSR_IA32_APIC_BASE) & APIC_BASE_X2APIC;
}

bool apic_is_on(void)
{
    return rdmsr(MSR_IA32_APIC_BASE) & APIC_BASE_ENABLED;
}

static volatile uint32_t *reg(unsigned int offset)
{
    return virt_of((rdmsr(MSR_IA32_APIC_BASE) & APIC_BASE_ADDRESS) + offset);
}

uint32_t apic_read(unsigned int offset)
{
    return *reg(offset);
}

void apic_write(unsigned int offset, uint32_t value)
{
    *reg(offset) = value;
}

bool apic_takes_interrupts(void)
{
    uint64_t spurious = 0;

    if (apic_is_x2()) {
        spurious = rdmsr(MSR_X2APIC_SPURIOUS);
    } else if (apic_is_on()) {
        spurious = apic_read(APIC_SPURIOUS);
    }
    return spurious & APIC_BY_SOFTWARE;
}

bool apic_serves(unsigned int vector)
{
    uint64_t served = 0;

    if (apic_is_x2()) {
        served = rdmsr(MSR_X2APIC_SERVED);
    } else if (apic_is_on()) {
        served = apic_read(APIC_SERVED);
    }
    return served >> vector & 1;
}

static void wait_until_sent(void)
{
    for (unsigned int i = 0; i < PATIENCE && apic_read(APIC_COMMAND) & APIC_BUSY; i++) {
        cpu_relax();
    }
}

/* The guest may have exited between its two writes to the command register, so restore the high
 * half. */
static void send_by_memory(uint32_t apic_id, uint32_t command)
{
    uint32_t high = apic_read(APIC_COMMAND_HIGH);

    wait_until_sent();
    apic_write(APIC_COMMAND_HIGH, apic_id << HIGH_DESTINATION);
    apic_write(APIC_COMMAND, command);
    wait_until_sent();
    apic_write(APIC_COMMAND_HIGH, high);
}

/* Unlike a store to the page, WRMSR waits for no store before it (SDM Vol. 3A 11.12.3). */
static void wait_for_stores(void)
{
    __asm__ volatile("mfence; lfence" : : : "memory");
}

bool apic_write_command(uint64_t command)
{
    wait_for_stores();
    return wrmsr_try(MSR_X2APIC_ICR, command);
}

void apic_send(uint32_t apic_id, uint32_t command)
{
    if (apic_is_x2()) {
        wait_for_stores();
        wrmsr(MSR_X2APIC_ICR, (uint64_t)apic_id << 32 | command);
    } else if (apic_is_on()) {
        send_by_memory(apic_id, command);
    }
}
