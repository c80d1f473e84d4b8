/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's NMIs reach it, each once, whatever the hypervisor does; its own kicks do not. */
#include "smp.h"

#define ROUNDS (smp_windows_are_wide() ? 250U : 1000U)

static unsigned long nmis, quit, calls;

static bool count(struct trap_frame *frame)
{
    (void)frame;
    if (cpu_number() == 1)
        shared_add(&nmis, 1);
    return true;
}

static void call_always(void *argument)
{
    (void)argument;
    while (!shared_read(&quit)) {
        xen_version(XENVER_version, NULL);
        shared_add(&calls, 1);
    }
}

static void spin_in_view(void *argument)
{
    vmfunc(0, *(const unsigned int *)argument);
    while (!shared_read(&quit))
        cpu_relax();
    vmfunc(0, 0);
}

/* False if it does not come, without waiting as long as smp_await does. */
static bool comes(unsigned long number)
{
    uint64_t start = cpu_read_tsc();

    while (shared_read(&nmis) < number)
        if (cpu_read_tsc() - start > SMP_PATIENCE / 1000)
            return false;
    return true;
}

/* Each is awaited: those that do not come are counted. */
static unsigned long send(unsigned int rounds, void (*meanwhile)(void))
{
    unsigned long lost = 0;

    for (unsigned int i = 0; i < rounds; i++) {
        unsigned long before = shared_read(&nmis);

        cpu_send(1, APIC_NMI);
        if (meanwhile)
            meanwhile();
        lost += !comes(before + 1);
    }
    return lost;
}

static void begin(void (*body)(void *), void *argument)
{
    nmis = quit = calls = 0;
    cpu_run(1, body, argument);
}

static void end(const char *name, unsigned long lost)
{
    shared_write(&quit, 1);
    smp_wait(1);
    check_value(check_name("%s.lost", name), 0, lost);
    check_value(check_name("%s.arrived", name), ROUNDS, nmis);
}

static void revoke(void)
{
    altp2m_set_access(1, world_gfn(0), XENMEM_access_r);
    altp2m_set_access(1, world_gfn(0), XENMEM_access_rwx);
}

static void check_hypercalls(void)
{
    begin(call_always, NULL);
    end("in_hypercalls", send(ROUNDS, NULL));
    check_true("in_hypercalls.called", calls);
}

/* A kick and the guest's NMI may meet: the CPU keeps one that is pending, not two. */
static void check_kicks(void)
{
    unsigned int view = 1;
    uint64_t exits = smp_exits(1, EXIT_NMI);

    begin(spin_in_view, &view);
    end("among_kicks", send(ROUNDS, revoke));
    check_true("among_kicks.kicked", smp_exits(1, EXIT_NMI) - exits > ROUNDS);
}

static void revoke_always(void *argument)
{
    (void)argument;
    while (!shared_read(&quit))
        revoke();
}

static void check_foreign_kicks(void)
{
    unsigned int view = 1;

    begin(spin_in_view, &view);
    cpu_run(2, revoke_always, NULL);
    end("among_kicks_of_another", send(ROUNDS, NULL));
    smp_wait(2);
}

/* Kicks alone: none is mistaken for the guest's. */
static void check_none(void)
{
    unsigned int view = 1;

    begin(spin_in_view, &view);
    for (unsigned int i = 0; i < ROUNDS; i++)
        revoke();
    shared_write(&quit, 1);
    smp_wait(1);
    check_value("kicks_alone.arrived", 0, nmis);
}

void area_nmi(void)
{
    if (cpus_count() < 2)
        return;
    trap_set_handler(TRAP_NMI, count);
    smp_reset_with_notify();
    world_view(XENMEM_access_rwx);
    check_hypercalls();
    check_none();
    check_kicks();
    if (cpus_count() > 2)
        check_foreign_kicks();
    altp2m_set_state(0);
}
