/* SPDX-License-Identifier: BSD-2-Clause */
#include "smp.h"

#include "clock.h"
#include "start_info.h"

__attribute__((noreturn)) static void hang(const char *what, unsigned int cpu)
{
    printf("smp: CPU %u waits in vain: %s\n", cpu, what);
    xen_shutdown(SHUTDOWN_crash);
}

bool smp_windows_are_wide(void)
{
    char width[8];

    return start_info_option("windows", width, sizeof(width)) && string_equal(width, "wide");
}

uint64_t smp_patience(void)
{
    return clock_ticks(600000);
}

unsigned int smp_rounds(unsigned int rounds)
{
    char text[8];
    unsigned int percent = 0;

    if (!start_info_option("percent", text, sizeof(text)))
        return rounds;
    for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++)
        percent = percent * 10 + (unsigned int)(*digit - '0');
    return rounds * percent / 100;
}

/* While one CPU does its part the others wait for it, so with more than four CPUs each does
 * less. */
unsigned int smp_each(unsigned int together)
{
    unsigned int crowd = cpus_count() > 4 ? cpus_count() / 4 : 1;

    return smp_rounds(together) / cpus_count() / crowd / (smp_windows_are_wide() ? 4 : 1);
}

enum start_way smp_apic_way(void)
{
    return cpu_state(0)->mode == APIC_X2APIC ? START_X2APIC : START_XAPIC;
}

void smp_start_all(enum start_way way)
{
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        if (!cpu_start(cpu, way))
            hang(start_way_name(way), cpu);
}

void smp_wait(unsigned int cpu)
{
    if (!cpu_wait(cpu, smp_patience()))
        hang("its work does not end", cpu);
}

void smp_call(unsigned int cpu, void (*body)(void *), void *argument)
{
    if (cpu == cpu_number()) {
        body(argument);
        return;
    }
    cpu_run(cpu, body, argument);
    smp_wait(cpu);
}

void smp_await(const unsigned long *word, unsigned long value, const char *what)
{
    uint64_t start = cpu_read_tsc();

    while ((long)(shared_read(word) - value) < 0) {
        if (cpu_read_tsc() - start > smp_patience())
            hang(what, cpu_number());
        cpu_relax();
    }
}

static void enable_own(void *argument)
{
    long *rc = argument;
    uint64_t gfn = ve_init();

    ve_reset();
    *rc = altp2m_enable_notify(cpu_number(), gfn);
}

void smp_reset_with_notify(void)
{
    world_reset();
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        long rc = -1;

        smp_call(cpu, enable_own, &rc);
        if (rc)
            check_result(check_name("enable_notify.cpu_%u", cpu), 0, rc);
    }
}

long smp_index(unsigned int cpu)
{
    uint16_t view;
    long rc = altp2m_get_index(cpu, &view);

    return rc ? rc : view;
}

uint64_t smp_exits(unsigned int cpu, uint32_t reason)
{
    uint64_t count = 0;

    altview_exit_count_of(cpu, reason, &count);
    return count;
}

struct move {
    unsigned int view;
    struct trap trap;
};

static void move(void *argument)
{
    struct move *move = argument;

    move->trap = probe_vmfunc(0, move->view);
}

bool smp_go(unsigned int cpu, unsigned int view)
{
    struct move order = {.view = view};

    smp_call(cpu, move, &order);
    return order.trap.vector == TRAP_NONE;
}
