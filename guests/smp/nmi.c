/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's NMIs reach it, each once, whatever the hypervisor does. The hypervisor's kicks do
 * not. */
#include "smp.h"

#define ROUNDS smp_rounds(smp_windows_are_wide() ? 250 : 1000)

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
        let_others_run(shared_add(&calls, 1));
    }
}

static void spin_in_view(void *argument)
{
    vmfunc(0, *(const unsigned int *)argument);
    while (!shared_read(&quit))
        cpu_relax();
    vmfunc(0, 0);
}

/* The test waits for each: none may be lost. */
static void send(unsigned int rounds, void (*meanwhile)(void))
{
    for (unsigned int i = 0; i < rounds; i++) {
        unsigned long before = shared_read(&nmis);

        cpu_send(1, APIC_NMI);
        if (meanwhile)
            meanwhile();
        smp_await(&nmis, before + 1, "an NMI");
        if (meanwhile)
            meanwhile();
    }
}

static void begin(void (*body)(void *), void *argument)
{
    nmis = quit = calls = 0;
    cpu_run(1, body, argument);
}

static void end(const char *name)
{
    shared_write(&quit, 1);
    smp_wait(1);
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
    send(ROUNDS, NULL);
    end("in_hypercalls");
    check_true("in_hypercalls.called", calls);
}

/* A kick and the guest's NMI may meet: the CPU keeps one that is pending, not two. */
static void check_kicks(void)
{
    unsigned int view = 1;
    uint64_t exits = smp_exits(1, EXIT_NMI);

    begin(spin_in_view, &view);
    send(ROUNDS, revoke);
    end("among_kicks");
    check_true("among_kicks.kicked", smp_exits(1, EXIT_NMI) - exits > ROUNDS);
}

static void revoke_always(void *argument)
{
    (void)argument;
    for (unsigned long turn = 1; !shared_read(&quit); turn++) {
        revoke();
        let_others_run(turn);
    }
}

static void check_foreign_kicks(void)
{
    unsigned int view = 1;

    begin(spin_in_view, &view);
    cpu_run(2, revoke_always, NULL);
    send(ROUNDS, NULL);
    end("among_kicks_of_another");
    smp_wait(2);
}

/* Kicks only: the hypervisor must not take any for the guest's. */
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
