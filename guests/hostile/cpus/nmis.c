/* SPDX-License-Identifier: BSD-2-Clause */
/* NMIs from CPU to CPU, while the receiver makes hypercalls. */
#include "hostile.h"
#include "several.h"

/* Read by the other CPU, so by several_await's rules. */
static unsigned long received[2], sent[2];

static bool count(struct trap_frame *frame)
{
    (void)frame;
    shared_add(&received[cpu_number()], 1);
    return true;
}

/* From the calling CPU to the other. False: it did not come. */
static bool send_one(void)
{
    unsigned int other = !cpu_number();
    unsigned long before = shared_read(&received[other]);

    cpu_send(other, APIC_NMI);
    return several_await(&received[other], before + 1);
}

struct outcome {
    unsigned long rounds, lost, done;
};

static void send_many(void *argument)
{
    struct outcome *outcome = argument;

    for (unsigned long i = 0; i < outcome->rounds && !outcome->lost; i++)
        outcome->lost += !send_one();
    shared_write(&outcome->done, 1);
}

static void to_cpu_1(unsigned long rounds)
{
    struct outcome outcome = {.rounds = rounds};

    several_begin();
    send_many(&outcome);
    several_end();
    check_value("to_cpu_1.lost", 0, outcome.lost);
    check_value("to_cpu_1.arrived", rounds, received[1]);
}

static void to_cpu_0(unsigned long rounds)
{
    struct outcome outcome = {.rounds = rounds};
    unsigned long wrong = 0;

    cpu_run(1, send_many, &outcome);
    for (unsigned long turn = 1; !shared_read(&outcome.done); turn++) {
        wrong += xen_version(XENVER_version, NULL) != (4 << 16 | 17);
        hostile_exit();
        let_others_run(turn);
    }
    several_wait();
    check_value("to_cpu_0.lost", 0, outcome.lost);
    check_value("to_cpu_0.arrived", rounds, received[0]);
    check_value("to_cpu_0.wrong_answers", 0, wrong);
}

/* Without a pause. */
static void storm(void *rounds)
{
    unsigned int self = cpu_number();
    xen_extraversion_t text;

    for (sent[self] = 0; sent[self] < *(const unsigned long *)rounds; sent[self]++) {
        cpu_send(!self, APIC_NMI);
        if (sent[self] % 4 == self)
            xen_version(XENVER_extraversion, text);
    }
}

/* Both at once. An NMI that finds one waiting merges with it. */
static void both_ways(unsigned long rounds)
{
    received[0] = received[1] = 0;
    cpu_run(1, storm, &rounds);
    storm(&rounds);
    several_wait();
    for (unsigned int cpu = 0; cpu < 2; cpu++) {
        printf("storm: %lu NMIs of %lu reach CPU %u\n", received[cpu], rounds, cpu);
        check_true(check_name("storm.cpu_%u", cpu), received[cpu] && received[cpu] <= rounds);
    }
}

/* Argument 2: how many with a wait after each; then as many without a wait. */
void attack_nmis_of_others(void)
{
    trap_set_handler(TRAP_NMI, count);
    received[0] = received[1] = 0;
    to_cpu_1(box->arguments[2]);
    to_cpu_0(box->arguments[2]);
    both_ways(box->arguments[2]);
    trap_set_handler(TRAP_NMI, NULL);
}
