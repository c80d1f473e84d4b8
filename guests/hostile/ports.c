/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's serial port: for the guest it does not exist, by any access. */
#include "apic.h"
#include "hostile.h"

#define FIRST 0x2f8U
#define LAST  0x2ffU

#define VECTOR_BASE   24
#define LINE          3
#define IOAPIC        0xfec00000UL
#define IOAPIC_SELECT 0
#define IOAPIC_DATA   4

static uint32_t in_wide(uint16_t port, unsigned int size)
{
    uint32_t value = 0;

    if (size == 1)
        __asm__ volatile("inb %w1, %b0" : "+a"(value) : "d"(port));
    else if (size == 2)
        __asm__ volatile("inw %w1, %w0" : "+a"(value) : "d"(port));
    else
        __asm__ volatile("inl %w1, %0" : "+a"(value) : "d"(port));
    return value;
}

static void out_wide(uint16_t port, unsigned int size, uint32_t value)
{
    if (size == 1)
        __asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(port));
    else if (size == 2)
        __asm__ volatile("outw %w0, %w1" : : "a"(value), "d"(port));
    else
        __asm__ volatile("outl %0, %w1" : : "a"(value), "d"(port));
}

/* Every port, every width, and accesses that reach into it from below. */
static void attack_widths(void)
{
    unsigned int tried = 0, ones = 0;

    for (unsigned int size = 1; size <= 4; size *= 2)
        for (unsigned int port = FIRST - size + 1; port <= LAST; port++) {
            for (unsigned int value = 0; value < 256; value += 51)
                out_wide((uint16_t)port, size, value * 0x01010101);
            tried++;
            ones += in_wide((uint16_t)port, size) == 0xffffffff >> (32 - 8 * size);
        }
    check_value("reads_ones", tried, ones);
}

static void string_in(void *to)
{
    __asm__ volatile("rep insb" : "+D"(to) : "d"(FIRST), "c"(64) : "memory");
}

static void string_out(void *from)
{
    __asm__ volatile("rep outsl" : "+S"(from) : "d"(FIRST), "c"(64) : "memory");
}

static bool count_interrupts(struct trap_frame *frame)
{
    box->arguments[2]++;
    pic_eoi((unsigned int)frame->vector - VECTOR_BASE);
    return true;
}

static void write_ioapic(uint32_t index, uint32_t value)
{
    volatile uint32_t *ioapic = (volatile uint32_t *)IOAPIC;

    ioapic[IOAPIC_SELECT] = index;
    ioapic[IOAPIC_DATA] = value;
}

/*
 * The test that starts this sends requests to the port all the time. Its interrupt line must not
 * change.
 */
static void attack_line(void)
{
    box->arguments[2] = 0;
    trap_set_handler(VECTOR_BASE + LINE, count_interrupts);
    pic_start(VECTOR_BASE, 1U << LINE);
    write_ioapic(0x11 + 2 * LINE, 0);
    write_ioapic(0x10 + 2 * LINE, VECTOR_BASE + LINE); /* edge, fixed, to APIC 0 */
    __asm__ volatile("sti" : : : "memory");
    for (volatile unsigned int i = 0; i < 5000000; i++) {
    }
    __asm__ volatile("cli" : : : "memory");
    write_ioapic(0x10 + 2 * LINE, 0x10000); /* masked */
    pic_stop();
    trap_set_handler(VECTOR_BASE + LINE, NULL);
    check_value("interrupts_of_its_line", 0, box->arguments[2]);
}

void attack_ports(void)
{
    static uint8_t bytes[256];

    attack_widths();
    check_trap("string_in", TRAP_GP, trap_try(string_in, bytes));
    check_trap("string_out", TRAP_GP, trap_try(string_out, bytes));
    attack_line();
}
