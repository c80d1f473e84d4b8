/* SPDX-License-Identifier: BSD-2-Clause */
/* CPU 0 sends CPU 1 INITs, start-up IPIs and NMIs, whatever CPU 1 does. */
#include "hostile.h"
#include "idle.h"
#include "reservation.h"
#include "several.h"

#include <xen/vcpu.h>

#define VICTIMS 64
#define STORM   8 /* commands in one, at most */

static struct random dice;

static void delay(uint64_t limit)
{
    for (uint64_t i = random_below(&dice, limit); i; i--)
        cpu_relax();
}

static enum start_way any_way(void)
{
    if (random_one_in(&dice, 32))
        return START_XAPIC;
    return random_one_in(&dice, 2) ? START_VCPUOP : START_VCPUOP_32;
}

static bool comes_up(void)
{
    return several_start(any_way);
}

/* All kinds of hypercalls, views among them; none that could take the runtime's memory away. */
static void call_for_ever(void *unused)
{
    struct random r = {cpu_read_tsc() | 1};
    xen_extraversion_t text;
    uint16_t view;
    uint64_t gfn;

    (void)unused;
    for (;;) {
        gfn = VICTIM_GFN + random_below(&r, VICTIMS);
        xen_version(XENVER_extraversion, text);
        if (altp2m_create(XENMEM_access_rwx, &view))
            view = (uint16_t)(1 + random_below(&r, 8));
        altp2m_set_access(view, gfn, (uint16_t)random_below(&r, 8));
        altp2m_change_gfn(view, gfn, gfn + VICTIMS);
        reservation_give(gfn);
        reservation_take(gfn);
        altp2m_destroy(view);
        xen_vcpu_op(VCPUOP_up, 1, NULL);
    }
}

static void stop_oneself(void *unused)
{
    (void)unused;
    for (;;)
        cpu_send(1, APIC_INIT);
}

static void go_down(void *unused)
{
    (void)unused;
    for (;;)
        xen_vcpu_op(VCPUOP_down, 1, NULL);
}

static void spin(void *unused)
{
    (void)unused;
    for (;;)
        cpu_relax();
}

/* CPU 1's work when they come: one of these, or it idles in real mode. */
static void (*const doings[])(void *) = {call_for_ever, call_for_ever, call_for_ever,
                                         stop_oneself,  go_down,       spin};

static void storm(void)
{
    static const uint32_t commands[] = {APIC_INIT, APIC_INIT, APIC_NMI,
                                        APIC_STARTUP | IDLE_PAGE / PAGE_SIZE,
                                        APIC_STARTUP | IDLE_PAGE / PAGE_SIZE};

    for (uint64_t i = random_below(&dice, STORM); i; i--) {
        cpu_send(1, RANDOM_OF(&dice, commands));
        if (random_one_in(&dice, 2))
            delay(200);
    }
}

static bool ignore(struct trap_frame *frame)
{
    (void)frame;
    return true;
}

/* Argument 0: the seed; 2: how many rounds. */
void attack_starts(void)
{
    unsigned int in_idle = 0, hit = 0, up = 0, idle_again = 0, wrong = 0;
    uint64_t rounds = box->arguments[2];

    dice.state = box->arguments[0];
    idle_prepare();
    trap_set_handler(TRAP_NMI, ignore);
    altp2m_set_state(1);
    for (uint64_t round = 0; round < rounds; round++) {
        if (random_one_in(&dice, 4)) {
            in_idle++; /* from the last round */
        } else {
            hit++;
            up += comes_up();
            cpu_run(1, RANDOM_OF(&dice, doings), NULL);
        }
        delay(random_one_in(&dice, 2) ? 100 : 10000);
        storm();
        idle_again += idle_comes(&dice);
        wrong += xen_version(XENVER_version, NULL) != (4 << 16 | 17);
    }
    printf("%lu rounds; %u INITs were lost\n", (unsigned long)rounds, idle_retries);
    altp2m_set_state(0);
    for (uint64_t i = 0; i < VICTIMS; i++)
        reservation_take(VICTIM_GFN + i);
    trap_set_handler(TRAP_NMI, NULL);
    check_value("started_each_time", hit, up);
    check_value("idles_each_time", rounds, idle_again);
    check_true("both_were_hit", hit && in_idle);
    check_value("wrong_answers", 0, wrong);
    check_true("starts_in_the_end", comes_up());
}
