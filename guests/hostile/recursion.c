/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exception whose delivery raises it again without end: no instruction boundary comes at which
 * the CPU would take an interrupt or NMI (Xen's XSA-156). The guest loses the CPU until the test
 * outside changes a word of its memory. The hypervisor must go on serving, and CPU 1's calls, which
 * take this CPU out of the guest, must return.
 */

#include "cpus/several.h"
#include "hostile.h"
#include "layout.h"
#include "percpu.h"

#define STACK       ((VICTIM_GFN + 8) * PAGE_SIZE) /* where a frame raises #DB */
#define OTHER_STACK ((VICTIM_GFN + 9) * PAGE_SIZE)
#define OWN_IDT     ((VICTIM_GFN + 10) * PAGE_SIZE)
#define STACK_TOP   0x800
#define TASK_IST1   36 /* SDM Vol. 3A figure 8-11 */
#define DR7_G0      2UL
#define DR7_WRITE_8 (9UL << 16) /* by DR0, 8 bytes */

/* recursion.S */
void recursion_debug(void);
extern const char recursion_debug_handler[];

static unsigned long done, turns;

/* In the modes that let the guest make these calls, each makes CPU 0 exit. */
static void quiesce(void *unused)
{
    uint16_t view;

    (void)unused;
    while (!shared_read(&done)) {
        if (!altp2m_create(XENMEM_access_rwx, &view))
            altp2m_destroy(view);
        altview_set_vmfunc(0, turns % 2);
        let_others_run(shared_add(&turns, 1));
    }
}

static void offer(uint64_t *word, uint64_t value)
{
    volatile struct hostile_rescue *rescue = hostile_rescue();

    rescue->turns = several() ? (uintptr_t)&turns : 0;
    rescue->value = value;
    rescue->word = (uintptr_t)word;
}

void recursion_lose(uint64_t *word, uint64_t value, void (*part)(void))
{
    turns = done = 0;
    if (several())
        cpu_run(1, quiesce, NULL);
    offer(word, value);
    part();
    offer(NULL, 0);
    shared_write(&done, 1);
    if (several())
        several_wait();
    check_true("somebody_came", *word == value);
}

struct idt_register {
    uint16_t limit;
    uint64_t *base;
} __attribute__((packed));

/* The runtime's table, but for #DB, which goes to the first of the TSS's own stacks. */
static void make_idt(uint64_t *idt, const struct idt_register *from)
{
    uint64_t handler = (uintptr_t)recursion_debug_handler;

    memcpy(idt, from->base, from->limit + 1U);
    idt[2 * TRAP_DB] = (handler & 0xffff) | UINT64_C(LAYOUT_CODE64) << 16 | UINT64_C(1) << 32 |
                       UINT64_C(0x8e) << 40 | (handler >> 16 & 0xffff) << 48;
    idt[2 * TRAP_DB + 1] = handler >> 32;
}

/* A write of the frame is what DR0 waits for. */
static void debug(void)
{
    uint64_t *idt = (uint64_t *)OWN_IDT;
    struct idt_register before;

    __asm__ volatile("sidt %0" : "=m"(before));
    make_idt(idt, &before);
    cpu_load_idt(idt, before.limit + 1U);
    __asm__ volatile("mov %0, %%dr0; mov %1, %%dr7"
                     :
                     : "r"(STACK + STACK_TOP - 8), "r"(DR7_G0 | DR7_WRITE_8));
    recursion_debug();
    cpu_load_idt(before.base, before.limit + 1U);
}

void attack_debug_exceptions(void)
{
    uint64_t *ist = (uint64_t *)((uintptr_t)&percpu()->task + TASK_IST1);

    *ist = STACK + STACK_TOP;
    recursion_lose(ist, OTHER_STACK + STACK_TOP, debug);
}
