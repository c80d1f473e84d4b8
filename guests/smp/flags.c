/* SPDX-License-Identifier: BSD-2-Clause */
/* If altview steps by RFLAGS.TF, the frames of exceptions don't show the flag. */
#include "smp.h"

#include "memory.h"

#define RFLAGS_TF  (1UL << 8)
#define SLOT       0 /* of the window: the hole, and nothing after it */
#define NOT_CALLED ~0UL

static unsigned long flags_seen;

static bool note(struct trap_frame *frame)
{
    flags_seen = frame->flags;
    return false;
}

/* Reads a page that only a step can show, then writes where nothing is mapped. */
static void copy_to_nowhere(void *argument)
{
    const void *from = argument;
    void *to = (char *)argument + PAGE_SIZE;

    __asm__ volatile("movsb" : "+S"(from), "+D"(to) : : "memory");
}

/* The frame goes to a page where each write is stepped: EPT can't express write-only. */
static void fail_on_stack(void *argument)
{
#ifdef __x86_64__
    __asm__ volatile("mov %0, %%rsp; ud2" : : "r"(argument) : "memory");
#else
    __asm__ volatile("mov %0, %%esp; ud2" : : "r"(argument) : "memory");
#endif
}

static void check_frame(const char *name, int vector, void (*body)(void *), void *argument)
{
    flags_seen = NOT_CALLED;
    trap_set_handler((unsigned int)vector, note);
    check_trap(check_name("cpu_%u.%s", cpu_number(), name), vector, trap_try(body, argument));
    trap_set_handler((unsigned int)vector, NULL);
    check_true(check_name("cpu_%u.%s.handled", cpu_number(), name), flags_seen != NOT_CALLED);
    check_value(check_name("cpu_%u.%s.tf", cpu_number(), name), 0, flags_seen & RFLAGS_TF);
}

static void check_frames(void *argument)
{
    char *hole = memory_window_map(SLOT, world.hole);

    (void)argument;
    memory_window_clear(SLOT + 1);
    check_frame("exception_in_step", TRAP_PF, copy_to_nowhere, hole);
    altp2m_set_access(1, world_gfn(0), XENMEM_access_w);
    check_true(check_name("cpu_%u.enter", cpu_number()), smp_go(cpu_number(), 1));
    check_frame("delivery_in_step", TRAP_UD, fail_on_stack, (void *)(world.pages + PAGE_SIZE));
    smp_go(cpu_number(), 0);
}

/* With two CPUs try both: the first one's way of stepping does not determine the others'. */
void area_flags(void)
{
    unsigned int cpus = cpus_count() < 2 ? cpus_count() : 2;

    smp_reset_with_notify();
    world_view(XENMEM_access_rwx);
    for (unsigned int cpu = 0; cpu < cpus; cpu++)
        smp_call(cpu, check_frames, NULL);
}
