/* SPDX-License-Identifier: BSD-2-Clause */
/* Start CPUs each way, take them down, start them again, and restart them while they run. */
#include "smp.h"

#include <xen/vcpu.h>

static unsigned long turns, quit;

struct greeting {
    unsigned int number;
    uint32_t apic_id;
    uintptr_t stack;
};

static void greet(void *argument)
{
    struct greeting *greeting = argument;

    *greeting = (struct greeting){cpu_number(), apic_id(), (uintptr_t)&greeting};
}

/* The ways that work now: the APICs are in one mode, and only the hypervisor has hypercalls. */
static bool is_there(enum start_way way)
{
    if (way == START_XAPIC || way == START_X2APIC)
        return way == smp_apic_way();
    return xen_present();
}

/* Check the CPU's number by each value that identifies a CPU. */
static void check_one(unsigned int cpu, enum start_way way)
{
    const struct cpu_state *state = cpu_state(cpu);
    unsigned long before = state->starts;
    struct greeting greeting = {0};
    const char *name = start_way_name(way);
    bool up = cpu_start(cpu, way);

    check_true(check_name("cpu_%u.%s.comes_up", cpu, name), up);
    if (!up)
        return;
    check_value(check_name("cpu_%u.%s.once", cpu, name), before + 1, state->starts);
    smp_call(cpu, greet, &greeting);
    check_value(check_name("cpu_%u.%s.number", cpu, name), cpu, greeting.number);
    check_value(check_name("cpu_%u.%s.apic_id", cpu, name), state->apic_id, greeting.apic_id);
    if (xen_present())
        check_result(check_name("cpu_%u.%s.is_up", cpu, name), 1,
                     xen_vcpu_op(VCPUOP_is_up, cpu, NULL));
}

/* The first start of each CPU is by another way; in the end each has been started by all. */
static void check_ways(void)
{
    for (unsigned int round = 0; round < START_WAYS; round++) {
        for (unsigned int cpu = 1; cpu < cpus_count(); cpu++) {
            enum start_way way = (enum start_way)((cpu - 1 + round) % START_WAYS);

            if (is_there(way))
                check_one(cpu, way);
        }
    }
}

static void count_turns(void *argument)
{
    (void)argument;
    while (!shared_read(&quit))
        let_others_run(shared_add(&turns, 1));
}

static void wait_for_turns(unsigned long more)
{
    smp_await(&turns, shared_read(&turns) + more, "another CPU does not run");
}

/* Has the counting CPU stopped? */
static bool stands(void)
{
    unsigned long before;

    for (volatile unsigned int i = 0; i < 10000; i++) {
    }
    before = shared_read(&turns);
    for (volatile unsigned int i = 0; i < 10000; i++) {
    }
    return shared_read(&turns) == before;
}

/*
 * INIT stops a CPU in any work. A start-up IPI has no effect on a CPU that was not stopped.
 */
static void check_init(unsigned int cpu)
{
    unsigned long starts = cpu_state(cpu)->starts;

    cpu_run(cpu, count_turns, NULL);
    wait_for_turns(1000);
    cpu_send(cpu, APIC_STARTUP | 0x9a);
    wait_for_turns(100000);
    check_value("startup_alone.runs_on", starts, cpu_state(cpu)->starts);
    cpu_send(cpu, APIC_INIT);
    check_true("init.stops_it", stands());
    if (xen_present())
        check_result("init.is_up", 0, xen_vcpu_op(VCPUOP_is_up, cpu, NULL));
    check_true("init.starts_again", cpu_start(cpu, smp_apic_way()));
    cpu_run(cpu, count_turns, NULL);
    wait_for_turns(1000);
    check_true("init.restarts_while_running", cpu_start(cpu, smp_apic_way()));
    check_value("init.starts", starts + 2, cpu_state(cpu)->starts);
}

struct down {
    unsigned long before, after;
    long rc;
};

static void go_down(void *argument)
{
    struct down *down = argument;

    shared_write(&down->before, 1);
    down->rc = xen_vcpu_op(VCPUOP_down, cpu_number(), NULL);
    shared_write(&down->after, 1);
}

static bool goes_down(unsigned int cpu)
{
    uint64_t start = cpu_read_tsc();

    while (xen_vcpu_op(VCPUOP_is_up, cpu, NULL)) {
        if (cpu_read_tsc() - start > smp_patience())
            return false;
        cpu_relax();
    }
    return true;
}

/* Xen: after VCPUOP_up a CPU goes on after its VCPUOP_down (do_vcpu_op). */
static void check_down(unsigned int cpu)
{
    struct down down = {.rc = -1};

    cpu_run(cpu, go_down, &down);
    smp_await(&down.before, 1, "the CPU to go down");
    check_true("down.is_down", goes_down(cpu));
    check_value("down.does_not_run", 0, shared_read(&down.after));
    check_result("down.initialise", -XEN_EEXIST, cpu_initialise(cpu));
    check_result("down.up", 0, xen_vcpu_op(VCPUOP_up, cpu, NULL));
    smp_wait(cpu);
    check_result("down.returns", 0, down.rc);
    check_result("down.up_again", 1, xen_vcpu_op(VCPUOP_is_up, cpu, NULL));
}

static void check_refusals(unsigned int cpu)
{
    unsigned int none = cpus_count();

    check_result("refused.up_while_up", 0, xen_vcpu_op(VCPUOP_up, cpu, NULL));
    check_result("refused.initialise_while_up", -XEN_EEXIST, cpu_initialise(cpu));
    check_result("refused.no_such_cpu.is_up", -XEN_ENOENT, xen_vcpu_op(VCPUOP_is_up, none, NULL));
    check_result("refused.no_such_cpu.up", -XEN_ENOENT, xen_vcpu_op(VCPUOP_up, none, NULL));
    check_result("refused.no_such_cpu.max", -XEN_ENOENT, xen_vcpu_op(VCPUOP_up, UINT32_MAX, NULL));
    check_result("refused.command", -XEN_ENOSYS, xen_vcpu_op(99, cpu, NULL));
    cpu_send(cpu, APIC_INIT);
    goes_down(cpu); /* a hypercall may be served before the CPU has taken the INIT */
    check_result("refused.up_uninitialised", -XEN_EINVAL, xen_vcpu_op(VCPUOP_up, cpu, NULL));
    check_result("refused.initialise_null", -XEN_EFAULT,
                 xen_vcpu_op(VCPUOP_initialise, cpu, (void *)0xfffffffffffff000));
    check_true("refused.starts_all_the_same", cpu_start(cpu, START_VCPUOP));
}

/* No CPU has been started yet. */
void area_before(void)
{
    if (!xen_present())
        return;
    check_result("boot_cpu", 1, xen_vcpu_op(VCPUOP_is_up, 0, NULL));
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++) {
        check_result(check_name("cpu_%u", cpu), 0, xen_vcpu_op(VCPUOP_is_up, cpu, NULL));
        check_result(check_name("cpu_%u.up", cpu), -XEN_EINVAL, xen_vcpu_op(VCPUOP_up, cpu, NULL));
    }
}

void area_start(void)
{
    check_ways();
    if (cpus_count() > 1) {
        smp_start_all(smp_apic_way());
        check_init(1);
        if (xen_present()) {
            check_down(1);
            check_refusals(1);
        }
    }
    smp_start_all(smp_apic_way());
}
