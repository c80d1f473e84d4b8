/* SPDX-License-Identifier: BSD-2-Clause */

#include "cpus.h"
#include "hostile.h"

struct __attribute__((packed)) pointer {
    uint16_t limit;
    uint64_t base;
};

static struct pointer own_table(void)
{
    return (struct pointer){0xffff, OWN_HOLE_GFN * PAGE_SIZE};
}

/* The next exception has no handler, and neither have those that follow from it. */
void end_idt(void)
{
    const struct pointer idt = own_table();

    __asm__ volatile("lidt %0; ud2" : : "m"(idt) : "memory");
}

/* It has a handler, but not a code segment for it. */
void end_gdt(void)
{
    const struct pointer gdt = own_table();

    __asm__ volatile("lgdt %0; ud2" : : "m"(gdt) : "memory");
}

/* The next instruction is not found. */
void end_cr3(void)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(OWN_HOLE_GFN * PAGE_SIZE) : "memory");
}

extern const char ends_iret[];

/* The gate of #UD, which leads to an IRET. The exceptions after it have none. */
static void handle_ud_alone(void)
{
    static uint64_t gates[2 * (TRAP_UD + 1)];
    uint64_t at = (uintptr_t)ends_iret;
    uint16_t code;

    __asm__("mov %%cs, %0\n\t"
            "jmp 1f\n\t"
            "ends_iret: iretq\n\t"
            "1:"
            : "=r"(code));
    gates[2 * TRAP_UD] =
        (at & 0xffff) | (uint64_t)code << 16 | UINT64_C(0x8e00) << 32 | (at >> 16 & 0xffff) << 48;
    gates[2 * TRAP_UD + 1] = at >> 32;
    cpu_load_idt(gates, sizeof(gates));
}

/* A stack there drops the frame of an exception, and gives ones to its IRET. */
static void end_stack(void)
{
    volatile uint8_t *page = memory_window_map(0, OWN_HOLE_GFN);

    memory_window_map(1, OWN_HOLE_GFN + 1);
    handle_ud_alone();
    __asm__ volatile("mov %0, %%rsp; ud2" : : "r"(page + PAGE_SIZE) : "memory");
}

/* A reset of the first CPU resets the machine. */
static void end_init(void)
{
    cpu_send(0, APIC_INIT);
    for (;;)
        cpu_relax();
}

#define KEYBOARD_DATA    0x60
#define KEYBOARD_COMMAND 0x64
#define SYSTEM_CONTROL   0x92
#define PCI_ADDRESS      0xcf8
#define RESET_CONTROL    0xcf9

static void out16(uint16_t port, uint16_t value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* All but the bits that reset. */
static void use_ports(void)
{
    check_area("ports");
    cpu_out8(SYSTEM_CONTROL, cpu_in8(SYSTEM_CONTROL) & 0xfe);
    cpu_out8(KEYBOARD_COMMAND, 0xff); /* pulses nothing */
    cpu_out8(KEYBOARD_COMMAND, 0xd1);
    cpu_out8(KEYBOARD_DATA, 0xdf);
    cpu_out8(KEYBOARD_DATA, 0xf4); /* to the keyboard */
    cpu_out8(KEYBOARD_COMMAND, 0xd1);
    cpu_out8(KEYBOARD_COMMAND, 0xd2); /* takes the byte: as if the keyboard had sent it */
    cpu_out8(KEYBOARD_DATA, 0xde);
    out16(KEYBOARD_COMMAND, 0xfeff); /* the second byte is for port 0x65 */
    out16(SYSTEM_CONTROL, 0x0100 | (cpu_in8(SYSTEM_CONTROL) & 0xfe));
    cpu_out8(RESET_CONTROL, 0x02);
    out32(PCI_ADDRESS, 0x80000400); /* bit 2 of the byte at port 0xcf9 */
    check_value("pci_address", 0x80000400, in32(PCI_ADDRESS));
}

/* Resets by the chipset: on a CPU on which an INIT is no exit, these end the run. */
static void end_pulse(void)
{
    use_ports();
    cpu_out8(KEYBOARD_COMMAND, 0xfe);
}

static void end_output_port(void)
{
    use_ports();
    cpu_out8(KEYBOARD_COMMAND, 0xd1);
    cpu_out8(KEYBOARD_COMMAND, 0xad); /* which takes no data */
    cpu_out8(KEYBOARD_DATA, 0xde);
}

static void end_port92(void)
{
    use_ports();
    cpu_out8(SYSTEM_CONTROL, cpu_in8(SYSTEM_CONTROL) | 1);
}

static void end_cf9(void)
{
    use_ports();
    cpu_out8(RESET_CONTROL, 0x04);
}

#define HPET               0xfed00000UL
#define HPET_CONFIGURATION 0x010
#define HPET_COUNTER       0x0f0
#define HPET_TIMER         0x100
#define HPET_COMPARATOR    0x108
#define HPET_MESSAGE       0x110 /* data, then address */
#define HPET_ON            1U
#define TIMER_ON           0x4U
#define TIMER_32           0x100U
#define TIMER_MESSAGE      0x4000U
#define HPET_TICKS         1000
#define MESSAGE_ADDRESS    0xfee00000U /* to APIC id 0 */
#define MESSAGE_INIT       0x4500U
#define HPET_LOOKS         20000

/* Messages of the HPET's that are no interrupts of an I/O APIC's (IA-PC HPET 1.0a, 2.3.9.2.3). */
static void end_hpet(void)
{
    volatile uint32_t *hpet = (volatile uint32_t *)HPET;

    hpet[HPET_CONFIGURATION / 4] = 0;
    hpet[HPET_COUNTER / 4] = hpet[HPET_COUNTER / 4 + 1] = 0;
    hpet[HPET_MESSAGE / 4] = MESSAGE_INIT;
    hpet[HPET_MESSAGE / 4 + 1] = MESSAGE_ADDRESS;
    hpet[HPET_COMPARATOR / 4] = HPET_TICKS;
    hpet[HPET_TIMER / 4] = TIMER_ON | TIMER_32 | TIMER_MESSAGE;
    hpet[HPET_CONFIGURATION / 4] = HPET_ON;
    for (unsigned int i = 0; i < HPET_LOOKS && hpet[HPET_COUNTER / 4] < 2 * HPET_TICKS; i++)
        cpu_relax();
    printf("it goes on\n");
}

static const struct {
    const char *name;
    void (*run)(void);
} ends[] = {
    {"idt", end_idt},
    {"gdt", end_gdt},
    {"cr3", end_cr3},
    {"stack", end_stack},
    {"init", end_init},
    {"pulse", end_pulse},
    {"output-port", end_output_port},
    {"port92", end_port92},
    {"cf9", end_cf9},
    {"hpet", end_hpet},
};

void hostile_end(void)
{
    char name[16];

    if (!start_info_option("end", name, sizeof(name)))
        return;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (string_equal(name, ends[i].name)) {
            printf("end by %s\n", name);
            ends[i].run();
        }
    xen_shutdown(SHUTDOWN_suspend); /* it came back, or there is none of that name */
}
