/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU 1 triple-faults in several ways. CPU 0 runs on, and can start it again. */
#include "hostile.h"
#include "idle.h"
#include "several.h"

#include <xen/vcpu.h>

#define SLOT_NOWHERE 4
#define TIMES        10 /* each */
#define LOOKS        1000000

/* Nothing is mapped where exceptions would be pushed. */
static void end_no_stack(void)
{
    char *nowhere = memory_window_clear(SLOT_NOWHERE);

    __asm__ volatile("mov %0, %%rsp; ud2" : : "r"(nowhere + PAGE_SIZE / 2) : "memory");
}

static const struct kind {
    const char *name;
    void (*end)(void); /* NULL: in real mode, where it idles */
} kinds[] = {
    {"idt", end_idt}, {"gdt", end_gdt}, {"cr3", end_cr3}, {"stack", end_no_stack}, {"real", NULL},
};

static void run(void *kind)
{
    ((const struct kind *)kind)->end();
}

static bool goes_down(void)
{
    for (unsigned int i = 0; i < LOOKS; i++)
        if (xen_vcpu_op(VCPUOP_is_up, 1, NULL) == 0)
            return true;
    return false;
}

static void begin(const struct kind *kind, struct random *dice)
{
    if (kind->end) {
        cpu_run(1, run, (void *)kind);
        return;
    }
    check_true("real.idles", idle_comes(dice));
    idle_fault();
}

/* Argument 0: the seed. */
void attack_triple_faults(void)
{
    struct random dice = {box->arguments[0]};

    idle_prepare();
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        unsigned int down = 0, up = 0;

        for (unsigned int i = 0; i < TIMES; i++) {
            begin(&kinds[kind], &dice);
            down += goes_down();
            hostile_exit();
            up += cpu_start(1, i % 2 ? START_XAPIC : START_VCPUOP);
        }
        check_value(check_name("%s.goes_down", kinds[kind].name), TIMES, down);
        check_value(check_name("%s.starts_again", kinds[kind].name), TIMES, up);
        hostile_check_alive(kinds[kind].name);
    }
}
