/* SPDX-License-Identifier: BSD-2-Clause */
/* Touches the first page beyond the physical addresses of this CPU by CPUID. With idt=far on the
 * command line the IDT is there: an exception then ends in a triple fault. */
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

/* Address 0 means that there is none: altview has put it there, because the CPU reported none. */
static void tell(const char *what, struct trap trap, const volatile uint8_t *far)
{
    printf("%s: %s %#lx ", what, trap_name(trap.vector), trap.error_code);
    if (trap.address)
        printf("at %#lx\n", trap.address - (unsigned long)(uintptr_t)far);
    else
        printf("at an address not told\n");
}

unsigned int guest_main(void)
{
    char where[8];
    unsigned int bits = cpu_id(LEAF_ADDRESSES, 0).eax & 0xff;
    volatile uint8_t *far = memory_window_map(0, UINT64_C(1) << (bits - 12));

    if (start_info_option("idt", where, sizeof(where)))
        fail_there(far);
    tell("read", probe_read(far, &(uint8_t){0}), far);
    tell("write", probe_write(far + 8, 1), far);
    tell("fetch", probe_execute(far + 16, &(uint32_t){0}), far);
    return SHUTDOWN_poweroff;
}
