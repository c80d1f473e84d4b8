/* SPDX-License-Identifier: BSD-2-Clause */
#include "percpu.h"

/* Descriptors (SDM Vol. 3A 3.4.5, 8.2.2, 8.2.3). */
#define CODE32    UINT64_C(0x00cf9b000000ffff)
#define DATA      UINT64_C(0x00cf93000000ffff)
#define CODE64    UINT64_C(0x00af9b000000ffff)
#define USER_DATA UINT64_C(0x00cff3000000ffff)
#define USER_CODE UINT64_C(0x00affb000000ffff)
#define TASK      UINT64_C(0x0000890000000067)

#define SLOT(selector) ((selector) / 8)

/* start.S loads it on the boot CPU, cpu_entry.S on the others. */
extern uint64_t runtime_gdt[LAYOUT_GDT_SIZE / 8];
uint64_t runtime_gdt[LAYOUT_GDT_SIZE / 8] = {
    [SLOT(LAYOUT_CODE32)] = CODE32,       [SLOT(LAYOUT_DATA)] = DATA,
    [SLOT(LAYOUT_CODE64)] = CODE64,       [SLOT(LAYOUT_USER_DATA)] = USER_DATA,
    [SLOT(LAYOUT_USER_CODE)] = USER_CODE,
};

static struct percpu boot;
struct percpu *percpu_areas[LAYOUT_CPUS] = {&boot};

/* Written anew each time, because LTR accepts no busy descriptor, and after an INIT it is busy. */
void percpu_load(unsigned int number)
{
    uintptr_t base = (uintptr_t)&percpu_areas[number]->task;
    uint16_t selector = (uint16_t)(LAYOUT_TASKS + (number << LAYOUT_TASK_SHIFT));

    runtime_gdt[SLOT(selector)] =
        TASK | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(base >> 24) << 56;
    __asm__ volatile("ltr %w0" : : "r"(selector) : "memory");
}
