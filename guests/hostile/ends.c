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

/* The next exception finds no handler, nor do those it leads to. */
void end_idt(void)
{
    const struct pointer idt = own_table();

    __asm__ volatile("lidt %0; ud2" : : "m"(idt) : "memory");
}

/* It finds a handler, but not its code segment. */
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

/* The gate of #UD, to an IRET and nothing else; the exceptions behind it have none. */
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

/* A stack there swallows the frame of an exception, and gives ones to its IRET. */
static void end_stack(void)
{
    volatile uint8_t *page = memory_window_map(0, OWN_HOLE_GFN);

    memory_window_map(1, OWN_HOLE_GFN + 1);
    handle_ud_alone();
    __asm__ volatile("mov %0, %%rsp; ud2" : : "r"(page + PAGE_SIZE) : "memory");
}

/* A reset of the first CPU is one of the machine. */
static void end_init(void)
{
    cpu_send(0, APIC_INIT);
    for (;;)
        cpu_relax();
}

static const struct {
    const char *name;
    void (*run)(void);
} ends[] = {
    {"idt", end_idt}, {"gdt", end_gdt}, {"cr3", end_cr3}, {"stack", end_stack}, {"init", end_init}};

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
