/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/stack.h"

#include "base/debug.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "x86/x86.h"

static unsigned int count;

static uint64_t slot(unsigned int number)
{
    return STACKS + number * STACK_SLOT;
}

void *stack_alloc(size_t pages)
{
    uint64_t end = slot(++count);

    debug_assert(pages && pages < STACK_SLOT / PAGE_SIZE);
    for (size_t i = 1; i <= pages; i++) {
        void *page = pages_alloc();

        if (!page) {
            machine_end(STATUS_NO_MEMORY, "too little memory for altview's own stacks; give the "
                                          "machine more");
        }
        paging_map(end - i * PAGE_SIZE, phys_of(page));
    }
    return (void *)end;
}

unsigned int stacks_check(void)
{
    for (unsigned int i = 0; i < count; i++) {
        if (paging_maps(slot(i)) || !paging_maps(slot(i + 1) - PAGE_SIZE)) {
            panic("stack %u has no guard, or is not there", i);
        }
    }
    return count;
}
