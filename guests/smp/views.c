/* SPDX-License-Identifier: BSD-2-Clause */
/* Each vCPU has its own current view. */
#include "smp.h"

#define BYTE_OFFSET 64
#define ROUNDS      smp_rounds(1000)

/* View v shows page v in place of page 0. */
static void make_views(unsigned int count)
{
    smp_reset_with_notify();
    for (unsigned int page = 0; page <= count; page++)
        world_fill(page, (uint8_t)(0xa0 + page));
    for (unsigned int view = 1; view <= count; view++) {
        world_view(XENMEM_access_rwx);
        altp2m_change_gfn((uint16_t)view, world_gfn(0), world_gfn(view));
    }
}

static void look(void *argument)
{
    *(unsigned int *)argument = world.pages[BYTE_OFFSET];
}

/* A CPU's view, by the memory that it sees and by the hypervisor's answer. */
static void check_where(const char *when, unsigned int cpu, unsigned int view)
{
    unsigned int seen = 0;

    check_result(check_name("%s.cpu_%u.index", when, cpu), (long)view, smp_index(cpu));
    smp_call(cpu, look, &seen);
    check_value(check_name("%s.cpu_%u.sees", when, cpu), 0xa0 + view, seen);
}

static void everyone_home(void)
{
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        smp_go(cpu, 0);
}

static unsigned int other_view(unsigned int cpu, unsigned int views)
{
    return 1 + cpu % views;
}

static void check_apart(unsigned int views)
{
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        smp_go(cpu, other_view(cpu, views));
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        check_where("apart", cpu, other_view(cpu, views));
    smp_go(1, 0);
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        check_where("one_moves", cpu, cpu == 1 ? 0 : other_view(cpu, views));
    everyone_home();
}

static void check_switch(unsigned int views)
{
    static const char *const names[] = {"switch_to_0", "switch_to_1", "switch_to_2"};

    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        smp_go(cpu, other_view(cpu, views));
    for (unsigned int view = 0; view < 3; view++) {
        check_result(names[view], 0, altp2m_switch((uint16_t)view));
        for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
            check_where(names[view], cpu, view);
    }
    everyone_home();
}

static uint32_t vcpus_in(uint16_t view)
{
    struct altview_view_info info;

    altview_view_info(view, &info);
    return info.vcpus;
}

/* No caller can destroy a view that a vCPU is in, whichever way the vCPU came there. */
static void check_destroy(void)
{
    smp_go(1, 2);
    check_value("info.vcpus_in_2", 1, vcpus_in(2));
    check_value("info.vcpus_in_0", cpus_count() - 1, vcpus_in(0));
    check_result("destroy.occupied", -XEN_EBUSY, altp2m_destroy(2));
    smp_go(1, 0);
    check_result("destroy.left", 0, altp2m_destroy(2));
}

static unsigned long wanted, arrived, lost, quit;

/* Goes to the ordered view by VMFUNC, and reports that at once: there is no exit in between. */
static void roam(void *argument)
{
    (void)argument;
    for (;;) {
        unsigned long view = shared_read(&wanted);

        if (shared_read(&quit))
            break;
        if (view != shared_read(&arrived)) {
            vmfunc(0, view);
            shared_write(&arrived, view);
        }
        cpu_relax();
    }
    vmfunc(0, 0);
}

static void await_arrival(unsigned long view)
{
    uint64_t start = cpu_read_tsc();

    while (shared_read(&arrived) != view && cpu_read_tsc() - start < smp_patience())
        cpu_relax();
}

static void check_roaming(void)
{
    wanted = arrived = lost = quit = 0;
    cpu_run(1, roam, NULL);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        unsigned long view = 1 - i % 2;

        shared_write(&wanted, view);
        await_arrival(view);
        if (smp_index(1) != (long)view)
            lost++;
    }
    shared_write(&quit, 1);
    smp_wait(1);
    check_value("roaming.wrong_index", 0, lost);
}

void area_views(void)
{
    unsigned int views = cpus_count() < WORLD_PAGES - 1 ? cpus_count() : WORLD_PAGES - 1;

    if (cpus_count() < 2)
        return;
    make_views(views < 2 ? 2 : views);
    check_result("index.no_such_vcpu", -XEN_EINVAL, smp_index(cpus_count()));
    check_apart(views);
    check_switch(views);
    check_destroy();
    check_roaming();
    altp2m_set_state(0);
}
