/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Touches the first page that lies beyond the physical addresses this CPU is said to have. With
 * idt=far on the command line it is where the IDT is: an exception there ends in a triple fault.
 */
#include "console.h"
#include "cpu.h"
#include "memory.h"
#include "probe.h"
#include "runtime.h"
#include "start_info.h"
#include "trap.h"
#include "xen.h"

#define LEAF_ADDRESSES 0x80000008U

static void fail_there(const volatile uint8_t *far)
{
    cpu_load_idt((const void *)far, PAGE_SIZE);
    __asm__ volatile("ud2");
}

unsigned int guest_main(void)
{
    char where[8];
    unsigned int bits = cpu_id(LEAF_ADDRESSES, 0).eax & 0xff;
    volatile uint8_t *far = memory_window_map(0, UINT64_C(1) << (bits - 12));
    struct trap read, write;

    if (start_info_option("idt", where, sizeof(where)))
        fail_there(far);
    read = probe_read(far, &(uint8_t){0});
    write = probe_write(far + 8, 1);
    printf("read: %s %#lx at %#lx\n", trap_name(read.vector), read.error_code,
           read.address - (unsigned long)(uintptr_t)far);
    printf("write: %s %#lx at %#lx\n", trap_name(write.vector), write.error_code,
           write.address - (unsigned long)(uintptr_t)far);
    return SHUTDOWN_poweroff;
}
