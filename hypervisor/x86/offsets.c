/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/offsets.h"

#include "x86/trampoline.h"
#include "x86/x86.h"

void offsets(void);

void offsets(void)
{
    NUMBER(ASM_PAGE_SIZE, PAGE_SIZE);
    OFFSET(ARRIVALS_CAME, struct arrivals, came);
    OFFSET(ARRIVALS_BUSY, struct arrivals, busy);
    OFFSET(ARRIVALS_STACK, struct arrivals, stack);
    OFFSET(TRAMPOLINE_ARRIVALS, struct trampoline_data, arrivals);
    OFFSET(TRAMPOLINE_ENTRY, struct trampoline_data, entry);
    OFFSET(TRAMPOLINE_ROOT, struct trampoline_data, root);
    OFFSET(TRAMPOLINE_LONG, struct trampoline_data, long_offset);
    OFFSET(TRAMPOLINE_GDT, struct trampoline_data, gdt);
    NUMBER(TRAMPOLINE_DATA_SIZE, sizeof(struct trampoline_data));
}
