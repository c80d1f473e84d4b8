/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From ring 3: a program that traces itself, with interrupts on, over pages for which the
 * hypervisor steps. Each instruction traps once, after it.
 */
#include "apic.h"
#include "hostile.h"
#include "user.h"

#define TRAP_DB  1
#define FLAGS_TF 0x100UL
#define FLAGS_IF 0x200UL
#define MOST     32 /* traps, before the trace is given up */

static const uint8_t code[] = {
    0x48, 0x8b, 0x08,                         /*  0: mov (%rax), %rcx */
    0x48, 0x89, 0x08,                         /*  3: mov %rcx, (%rax) */
    0x48, 0x83, 0x00, 0x01,                   /*  6: add $1, (%rax) */
    0x8c, 0xd2,                               /* 10: mov %ss, %edx */
    0x8e, 0xd2,                               /* 12: mov %edx, %ss: holds its trap off */
    0x48, 0x8b, 0x08,                         /* 14: mov (%rax), %rcx */
    0x48, 0x89, 0xc6,                         /* 17: mov %rax, %rsi */
    0x48, 0x8d, 0xb8, 0x00, 0x10, 0x00, 0x00, /* 20: lea 4096(%rax), %rdi */
    0xa4,                                     /* 27: movsb: two pages */
    0x0f, 0xa2,                               /* 28: cpuid */
    0x0f, 0x0b,                               /* 30: ud2 */
};
static const unsigned long expected[] = {3, 6, 10, 12, 17, 20, 27, 28, 30};
#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static unsigned long seen[MOST];
static unsigned int count;

/* A trap that comes again and again ends the trace. */
static bool record(struct trap_frame *frame)
{
    if (count < MOST)
        seen[count] = frame->ip - (uintptr_t)code;
    if (++count >= MOST)
        frame->flags &= ~FLAGS_TF;
    return true;
}

static void trace(const char *name, const void *page)
{
    struct user_end end;
    unsigned int good = 0;

    count = 0;
    end = user_run_with(FLAGS_TF | FLAGS_IF, code, (uintptr_t)page, 0);
    check_value(check_name("%s.ends_behind", name), sizeof(code) - 2, end.ip - (uintptr_t)code);
    check_value(check_name("%s.traps", name), EXPECTED, count);
    for (unsigned int i = 0; i < EXPECTED && i < count; i++)
        good += seen[i] == expected[i];
    check_value(check_name("%s.each_behind_its_instruction", name), EXPECTED, good);
}

/* Pages that one of the guest's views restricts: to accesses that no EPT entry can express, and
 * until the first write. */
static void trace_in_view(void)
{
    static uint8_t pages[4][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
    uint16_t view = 0;

    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    for (unsigned int i = 0; i < 2; i++) {
        altp2m_set_access(view, memory_gfn(pages[i]), XENMEM_access_w);
        altp2m_set_access(view, memory_gfn(pages[2 + i]), XENMEM_access_rx2rw);
    }
    altp2m_switch(view);
    trace("write_only", pages[0]);
    trace("lifted", pages[2]);
    altp2m_switch(0);
    altp2m_set_state(0);
}

void attack_trap_flag(void)
{
    pic_stop(); /* interrupts are on there, and none is to come */
    trap_set_handler(TRAP_DB, record);
    user_enter();
    trace("hole", (const void *)(OWN_HOLE_GFN * PAGE_SIZE));
    if (world.mode == MODE_MIXED)
        trace_in_view();
    user_leave();
    trap_set_handler(TRAP_DB, NULL);
}
