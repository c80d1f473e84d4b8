/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Take a CPU down, by VCPUOP_down or by INIT, in an NMI exit that the hypervisor serves with its
 * lock: the first exit after a long one. It sleeps then, and must wake again.
 */
#include "console.h"
#include "smp.h"

#include <xen/vcpu.h>

#define ROUNDS smp_rounds(50)

static unsigned long spins, quit;

/* The hypervisor reads the console ring, which is empty, and then treats the exit as a long one, so
 * that this CPU's next exit polls the port. */
static void call_and_spin(void *argument)
{
    (void)argument;
    console_ring_write("", 0);
    while (!shared_read(&quit))
        let_others_run(shared_add(&spins, 1));
}

static void begin(void)
{
    spins = quit = 0;
    cpu_run(1, call_and_spin, NULL);
    smp_await(&spins, 1, "the CPU to spin");
}

static void take_down_and_up(void)
{
    unsigned long wrong = 0;

    for (unsigned int i = 0; i < ROUNDS; i++) {
        begin();
        wrong += xen_vcpu_op(VCPUOP_down, 1, NULL) != 0;
        wrong += xen_vcpu_op(VCPUOP_up, 1, NULL) != 0;
        smp_await(&spins, shared_read(&spins) + 1, "the CPU to run on after VCPUOP_up");
        shared_write(&quit, 1);
        smp_wait(1);
    }
    check_value("vcpuop.wrong", 0, wrong);
}

static void init_and_start(void)
{
    unsigned long wrong = 0;

    for (unsigned int i = 0; i < ROUNDS; i++) {
        begin();
        wrong += !cpu_start(1, smp_apic_way());
    }
    check_value("init.wrong", 0, wrong);
}

void area_down(void)
{
    if (cpus_count() < 2 || !xen_present())
        return;
    take_down_and_up();
    init_and_start();
}
