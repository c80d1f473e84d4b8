/* SPDX-License-Identifier: BSD-2-Clause */
#include "apic.h"

#include "cpu.h"
#include "percpu.h"

/* SDM Vol. 3A, figure 10-26. */
#define MSR_APIC_BASE  0x1b
#define BASE_X2APIC    (UINT64_C(1) << 10)
#define BASE_ENABLE    (UINT64_C(1) << 11)
#define CPUID_1_X2APIC (1U << 21)

/* Offsets in memory; register n of the MSRs is at 0x800 + offset / 16 (table 10-6). */
#define APIC_ADDRESS    0xfee00000U
#define MSR_X2APIC      0x800
#define REG_ID          0x020
#define REG_EOI         0x0b0
#define REG_SPURIOUS    0x0f0
#define REG_ICR_LOW     0x300
#define REG_ICR_HIGH    0x310
#define SPURIOUS_ON     0x100
#define ICR_ASSERT      (1U << 14)
#define ICR_PENDING     (1U << 12)
#define VECTOR_LAST     0xffU
#define X2APIC_MSR(reg) (MSR_X2APIC + (reg) / 16)

static volatile uint32_t *mapped(unsigned int reg)
{
    return (volatile uint32_t *)(uintptr_t)(APIC_ADDRESS + reg);
}

static bool is_x2apic(void)
{
    return percpu()->cpu.mode == APIC_X2APIC;
}

static void write(unsigned int reg, uint32_t value)
{
    if (is_x2apic())
        cpu_write_msr(X2APIC_MSR(reg), value);
    else
        *mapped(reg) = value;
}

static bool apic_has_x2apic(void)
{
    return cpu_id(1, 0).ecx & CPUID_1_X2APIC;
}

bool apic_set_mode(enum apic_mode mode)
{
    uint64_t base = cpu_read_msr(MSR_APIC_BASE);

    if (mode == APIC_X2APIC ? !apic_has_x2apic() : (base & BASE_X2APIC) != 0)
        return false;
    base |= BASE_ENABLE;
    cpu_write_msr(MSR_APIC_BASE, base);
    if (mode == APIC_X2APIC)
        cpu_write_msr(MSR_APIC_BASE, base | BASE_X2APIC);
    percpu()->cpu.mode = mode;
    write(REG_SPURIOUS, SPURIOUS_ON | VECTOR_LAST);
    return true;
}

uint32_t apic_id(void)
{
    if (is_x2apic())
        return (uint32_t)cpu_read_msr(X2APIC_MSR(REG_ID));
    return *mapped(REG_ID) >> 24;
}

/* One write in x2APIC mode; two in xAPIC mode, of which the second sends. */
void apic_send(uint32_t apic_id, uint32_t command)
{
    command |= ICR_ASSERT;
    if (is_x2apic()) {
        __asm__ volatile("mfence; lfence"
                         :
                         :
                         : "memory"); /* SDM Vol. 3A 10.12.3: not serialising */
        cpu_write_msr(X2APIC_MSR(REG_ICR_LOW), (uint64_t)apic_id << 32 | command);
        return;
    }
    while (*mapped(REG_ICR_LOW) & ICR_PENDING)
        cpu_relax();
    *mapped(REG_ICR_HIGH) = apic_id << 24;
    *mapped(REG_ICR_LOW) = command;
}

void apic_eoi(void)
{
    write(REG_EOI, 0);
}

#define MASTER      0x20
#define SLAVE       0xa0
#define SLAVE_LINES 8
#define MASK        1 /* after a controller's first port */
#define EOI         0x20

/* Initialization command words 1 to 4. */
#define START         0x11
#define SLAVE_AT_LINE 0x04 /* to the master: a bit; to the slave: its number */
#define SLAVE_NUMBER  0x02
#define MODE_8086     0x01

static void start(uint16_t port, uint8_t vector, uint8_t wiring, uint8_t lines)
{
    cpu_out8(port, START);
    cpu_out8(port + 1, vector);
    cpu_out8(port + 1, wiring);
    cpu_out8(port + 1, MODE_8086);
    cpu_out8(port + MASK, (uint8_t)~lines);
}

void pic_start(uint8_t vector, uint16_t lines)
{
    start(MASTER, vector, SLAVE_AT_LINE, (uint8_t)lines);
    start(SLAVE, (uint8_t)(vector + SLAVE_LINES), SLAVE_NUMBER, (uint8_t)(lines >> SLAVE_LINES));
}

void pic_stop(void)
{
    cpu_out8(MASTER + MASK, 0xff);
    cpu_out8(SLAVE + MASK, 0xff);
}

void pic_eoi(unsigned int line)
{
    if (line >= SLAVE_LINES)
        cpu_out8(SLAVE, EOI);
    cpu_out8(MASTER, EOI);
}
