/* SPDX-License-Identifier: BSD-2-Clause */
/* Kicks by NMI at a CPU that merges pending ones (SDM Vol. 3A 6.7.1). Every necessary kick is sent.
 * The guest gets none of the kicks, and loses none of its own NMIs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/knocks.h"
#include "sim/random.h"

#include <cmocka.h>

#define ROUNDS 100000

/* A CPU keeps one pending NMI. */
struct cpu {
    struct knocks knocks;
    bool pending;
};

static bool take(struct cpu *cpu)
{
    assert_true(cpu->pending);
    cpu->pending = false;
    return knocks_hear(&cpu->knocks);
}

static void kick(struct cpu *cpu)
{
    if (knocks_expect_one(&cpu->knocks))
        cpu->pending = true;
    assert_true(cpu->pending);
}

static void kick_again(struct cpu *cpu)
{
    knocks_expect(&cpu->knocks);
    cpu->pending = true;
}

static void one_is_one(void **state)
{
    struct cpu cpu = {0};

    (void)state;
    kick(&cpu);
    kick(&cpu);
    assert_true(take(&cpu));
    cpu.pending = true;
    assert_false(take(&cpu));
    kick(&cpu);
    assert_true(take(&cpu));
}

/* The CPU has taken no NMI for long, although more were sent. */
static void many_come_as_one(void **state)
{
    struct cpu cpu = {0};

    (void)state;
    kick(&cpu);
    kick_again(&cpu);
    kick_again(&cpu);
    assert_true(take(&cpu));
    knocks_end(&cpu.knocks);
    kick(&cpu); /* this one is sent */
    assert_true(take(&cpu));
    cpu.pending = true;
    assert_false(take(&cpu)); /* the guest's own */
}

/* The second was on its way when the CPU took the first, however long it takes: other NMIs may be
 * ours meanwhile. */
static void the_last_comes_late(void **state)
{
    struct cpu cpu = {0};

    (void)state;
    kick(&cpu);
    kick_again(&cpu);
    assert_true(take(&cpu));
    kick(&cpu);
    assert_true(take(&cpu));
    cpu.pending = true;
    assert_true(take(&cpu));
    knocks_end(&cpu.knocks);
    cpu.pending = true;
    assert_false(take(&cpu));
}

/* Another CPU has counted its kick, and sends it after this CPU has kicked itself. */
static void one_is_counted_and_not_sent(void **state)
{
    struct cpu cpu = {0};

    (void)state;
    assert_true(knocks_expect_one(&cpu.knocks));
    kick_again(&cpu);
    assert_true(take(&cpu));
    cpu.pending = true;
    assert_true(take(&cpu));
}

/* An NMI of ours that was not a kick may have merged with one. */
static void one_more_was_told_of(void **state)
{
    struct cpu cpu = {0};

    (void)state;
    kick(&cpu);
    assert_true(take(&cpu));
    knocks_expect_more(&cpu.knocks);
    cpu.pending = true;
    assert_true(take(&cpu));
    knocks_end(&cpu.knocks);
    cpu.pending = true;
    assert_false(take(&cpu));
}

static void nothing_is_left_of_what_was_dropped(void **state)
{
    struct cpu cpu = {0};

    (void)state;
    kick(&cpu);
    kick_again(&cpu);
    cpu.pending = false; /* by an INIT */
    knocks_forget(&cpu.knocks);
    kick(&cpu);
    assert_true(take(&cpu));
    cpu.pending = true;
    assert_false(take(&cpu));
}

/* The guest's NMIs come while none of ours is on its way: each is the guest's. */
static void random_orders(void **state)
{
    struct sim_random random = sim_random_seed(7);
    struct cpu cpu = {0};

    (void)state;
    for (unsigned int i = 0; i < ROUNDS; i++) {
        knocks_end(&cpu.knocks);
        if (sim_random_below(&random, 2)) {
            kick(&cpu);
            for (uint64_t again = sim_random_below(&random, 3); again; again--)
                kick_again(&cpu);
            assert_true(take(&cpu));
        } else {
            cpu.pending = true;
            assert_false(take(&cpu));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_one),
        cmocka_unit_test(many_come_as_one),
        cmocka_unit_test(the_last_comes_late),
        cmocka_unit_test(one_is_counted_and_not_sent),
        cmocka_unit_test(one_more_was_told_of),
        cmocka_unit_test(nothing_is_left_of_what_was_dropped),
        cmocka_unit_test(random_orders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
