/* SPDX-License-Identifier: BSD-2-Clause */
#include "shoot.h"

#include "smp.h"

enum phase { GIVEN, GIVING_TAKEN, TAKEN, TAKEN_GIVEN, PHASES };

#define LOOKS_A_PHASE 3

struct looker {
    unsigned long looks; /* that had only one right answer */
    unsigned long stale_taken, stale_given;
    int last_wrong;
};

static unsigned long now, quit;
static struct looker lookers[CPUS_MAX];

static void judge(struct looker *looker, const struct shot *shot, enum phase phase, int seen)
{
    if (phase != GIVEN && phase != TAKEN)
        return;
    if (seen != (phase == GIVEN ? shot->given : shot->taken)) {
        *(phase == GIVEN ? &looker->stale_given : &looker->stale_taken) += 1;
        looker->last_wrong = seen;
    }
    shared_add(&looker->looks, 1);
}

static void look_on(void *argument)
{
    const struct shot *shot = argument;
    struct looker *looker = &lookers[cpu_number()];

    if (shot->enter)
        shot->enter();
    for (unsigned long turn = 1; !shared_read(&quit); turn++) {
        unsigned long before = shared_read(&now);
        int seen = shot->look();

        if (shared_read(&now) == before)
            judge(looker, shot, (enum phase)(before % PHASES), seen);
        let_others_run(turn);
    }
    if (shot->leave)
        shot->leave();
}

static void await_looks(void)
{
    unsigned long before[CPUS_MAX] = {0};

    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        before[cpu] = shared_read(&lookers[cpu].looks);
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        smp_await(&lookers[cpu].looks, before[cpu] + LOOKS_A_PHASE, "the others to look");
}

struct outcome {
    unsigned long refused, unseen;
    long rc;
};

static void call(long (*function)(void), struct outcome *outcome)
{
    long rc = function();

    if (rc) {
        outcome->refused++;
        outcome->rc = rc;
    }
}

static void round(const struct shot *shot, struct outcome *outcome)
{
    await_looks();
    shared_add(&now, 1);
    call(shot->take, outcome);
    shared_add(&now, 1);
    if (shot->taken_now)
        shot->taken_now();
    await_looks();
    if (shot->judge)
        outcome->unseen += shot->judge();
    shared_add(&now, 1);
    call(shot->give, outcome);
    shared_add(&now, 1);
}

static void report(const struct shot *shot, const struct outcome *outcome)
{
    unsigned long taken = 0, given = 0;
    int example = 0;

    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++) {
        const struct looker *looker = &lookers[cpu];

        taken += looker->stale_taken;
        given += looker->stale_given;
        if (looker->stale_taken || looker->stale_given)
            example = looker->last_wrong;
    }
    check_result(check_name("%s.calls", shot->name), 0, outcome->rc);
    check_value(check_name("%s.seen_after_taking", shot->name), 0, taken);
    check_value(check_name("%s.missed_after_giving", shot->name), 0, given);
    if (shot->judge)
        check_value(check_name("%s.done_after_taking", shot->name), 0, outcome->unseen);
    if (taken || given)
        printf("smp: %s: one of them saw %d, given %d, taken %d\n", shot->name, example,
               shot->given, shot->taken);
}

void shoot(const struct shot *shot)
{
    struct outcome outcome = {0};

    memset(lookers, 0, sizeof(lookers));
    now = quit = 0;
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        cpu_run(cpu, look_on, (void *)shot);
    for (unsigned int i = 0; i < shot->rounds; i++)
        round(shot, &outcome);
    shared_write(&quit, 1);
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        smp_wait(cpu);
    report(shot, &outcome);
}
