/* SPDX-License-Identifier: BSD-2-Clause */
/* NMIs from CPU to CPU, while the one that gets them makes hypercalls. */
#include "hostile.h"
#include "several.h"

#define ROUNDS 20000  /* each awaited */
#define STORM  20000U /* without a pause */

/* Read by the other CPU, so by several_await's rules. */
static unsigned long received[2], sent[2];

static bool count(struct trap_frame *frame)
{
    (void)frame;
    shared_add(&received[cpu_number()], 1);
    return true;
}

/* From the CPU that calls to the other. False: it did not come. */
static bool send_one(void)
{
    unsigned int other = !cpu_number();
    unsigned long before = shared_read(&received[other]);

    cpu_send(other, APIC_NMI);
    for (unsigned int i = 0; i < 100000; i++) {
        if (shared_read(&received[other]) != before)
            return true;
        cpu_relax();
    }
    return false;
}

struct outcome {
    unsigned long lost, done;
};

static void send_many(void *argument)
{
    struct outcome *outcome = argument;

    for (unsigned int i = 0; i < ROUNDS; i++)
        outcome->lost += !send_one();
    shared_write(&outcome->done, 1);
}

static void to_cpu_1(void)
{
    struct outcome outcome = {0};

    several_begin();
    send_many(&outcome);
    several_end();
    check_value("to_cpu_1.lost", 0, outcome.lost);
    check_value("to_cpu_1.arrived", ROUNDS, received[1]);
}

static void to_cpu_0(void)
{
    struct outcome outcome = {0};
    unsigned long wrong = 0;

    cpu_run(1, send_many, &outcome);
    while (!shared_read(&outcome.done)) {
        wrong += xen_version(XENVER_version, NULL) != (4 << 16 | 17);
        hostile_exit();
    }
    several_wait();
    check_value("to_cpu_0.lost", 0, outcome.lost);
    check_value("to_cpu_0.arrived", ROUNDS, received[0]);
    check_value("to_cpu_0.wrong_answers", 0, wrong);
}

static void storm(void *unused)
{
    unsigned int self = cpu_number();
    xen_extraversion_t text;

    (void)unused;
    for (sent[self] = 0; sent[self] < STORM; sent[self]++) {
        cpu_send(!self, APIC_NMI);
        if (sent[self] % 4 == self)
            xen_version(XENVER_extraversion, text);
    }
}

/* Both at once. Those that find one waiting are one with it. */
static void both_ways(void)
{
    received[0] = received[1] = 0;
    cpu_run(1, storm, NULL);
    storm(NULL);
    several_wait();
    for (unsigned int cpu = 0; cpu < 2; cpu++) {
        printf("storm: %lu NMIs of %u reach CPU %u\n", received[cpu], STORM, cpu);
        check_true(check_name("storm.cpu_%u", cpu), received[cpu] && received[cpu] <= STORM);
    }
}

void attack_nmis_of_others(void)
{
    trap_set_handler(TRAP_NMI, count);
    received[0] = received[1] = 0;
    to_cpu_1();
    to_cpu_0();
    both_ways();
    trap_set_handler(TRAP_NMI, NULL);
}
