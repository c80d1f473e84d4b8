/* SPDX-License-Identifier: BSD-2-Clause */
/* Switches to another task, which always leaves the guest and is nothing altview serves. 32-bit. */
#include "console.h"
#include "cpu.h"
#include "layout.h"
#include "runtime.h"
#include "xen.h"

#define TASK_FROM 0x18
#define TASK_TO   0x20

/* Available 32-bit TSSs at address 0: what is in them will not matter. */
#define FLAT_CODE UINT64_C(0x00cf9b000000ffff)
#define FLAT_DATA UINT64_C(0x00cf93000000ffff)
#define TASK      UINT64_C(0x0000890000000067)

static uint64_t gdt[] = {0, FLAT_CODE, FLAT_DATA, TASK, TASK};

unsigned int guest_main(void)
{
    const struct __attribute__((packed)) {
        uint16_t limit;
        uint32_t base;
    } pointer = {sizeof(gdt) - 1, (uintptr_t)gdt};

    printf("about to switch tasks\n");
    __asm__ volatile("lgdt %0\n\t"
                     "ltr %w1\n\t"
                     "ljmp %2, $0"
                     :
                     : "m"(pointer), "r"(TASK_FROM), "i"(TASK_TO)
                     : "memory");
    return SHUTDOWN_crash;
}
