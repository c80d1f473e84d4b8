/* SPDX-License-Identifier: BSD-2-Clause */
/* The interrupt messages that can start a CPU, or reach one out of VMX operation. The timer of an
 * HPET that rings, its pin, and its number of ticks. */
#include "pure/refusals.h"

#include "x86/delivery.h"
#include "x86/hpet.h"

/* By delivery mode (SDM Vol. 3A 11.6.1): fixed, lowest priority, SMI, reserved, NMI, INIT,
 * start-up, ExtINT. The other fields do not matter. */
static void by_mode(void **state)
{
    static const bool starts[8] = {[5] = true, [6] = true};
    static const bool watched[8] = {[4] = true, [5] = true, [6] = true};
    static const uint32_t others[] = {0, 0xff, 0x4000, 0xc8ff, 0xc4000, 0xfffff8ff};

    (void)state;
    for (uint32_t mode = 0; mode < 8; mode++)
        for (size_t i = 0; i < COUNT(others); i++) {
            uint32_t message = others[i] | mode << 8;

            if (delivery_starts(message) != starts[mode] ||
                delivery_is_watched(message) != watched[mode])
                fail_msg("message %x: starts %d, watched %d", message, delivery_starts(message),
                         delivery_is_watched(message));
        }
}

/* Only the low halves of redirection entries have a delivery mode. The index register has eight
 * bits. */
static void ioapic_registers(void **state)
{
    static const struct {
        uint32_t selected, value;
        bool admitted;
    } cases[] = {
        {0x10, 0x00010000, true},  {0x10, 0x00000030, true},   {0x10, 0x00000530, false},
        {0x10, 0x0000060c, false}, {0x10, 0x00010530, false},  {0x10, 0x00000400, false},
        {0x11, 0x00000500, true},  {0x3e, 0x00000500, false},  {0x3f, 0xff000600, true},
        {0x00, 0x00000500, true},  {0x01, 0x00000500, true},   {0x0e, 0x00000500, true},
        {0xfe, 0x00000600, false}, {0x110, 0x00000600, false}, {0x10, 0x00000730, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (ioapic_admits(cases[i].selected, cases[i].value) != cases[i].admitted)
            fail_msg("register %x, value %x", cases[i].selected, cases[i].value);
}

#define PERIODIC   (1U << 4)
#define PINS(mask) ((uint64_t)(mask) << 32)
/* A tick's femtoseconds, and the number of timers. */
#define IS(tick, timers) ((uint64_t)(tick) << 32 | ((timers)-1) << 8)

/* 100 MHz as QEMU has it, Bochs' and Intel's 14.318 MHz. */
#define NS_10  10000000
#define MHZ_14 69841279

static const struct {
    const char *name;
    uint64_t capabilities, timers[3];
    unsigned int hz;
    bool found;
    struct hpet_plan plan;
} cases[] = {
    {"QEMU's q35", IS(NS_10, 3), {PINS(0xff0104) | PERIODIC}, 1000, true, {0, 23, 100000}},
    {"a real clock", IS(MHZ_14, 3), {PINS(0x00f00000) | PERIODIC}, 1000, true, {0, 23, 14318}},
    {"not periodic", IS(NS_10, 2), {0, PINS(0x100000)}, 1000, true, {1, 20, 100000}},
    {"pins of ISA only", IS(NS_10, 1), {PINS(0xffff) | PERIODIC}, 1000, false, {0}},
    {"pins that no I/O APIC has", IS(NS_10, 1), {PINS(0xff000000) | PERIODIC}, 1000, false, {0}},
    {"a timer that is not there", IS(NS_10, 1), {0, PINS(0xff0000) | PERIODIC}, 1000, false, {0}},
    {"no clock", IS(0, 1), {PINS(0xff0000) | PERIODIC}, 1000, false, {0}},
    {"slower than there are", IS(100000001, 1), {PINS(0xff0000) | PERIODIC}, 1000, false, {0}},
    {"the slowest", IS(100000000, 1), {PINS(0xff0000) | PERIODIC}, 1000, true, {0, 23, 10000}},
    {"a tick longer than the period",
     IS(100000000, 1),
     {PINS(0xff0000) | PERIODIC},
     20000000,
     false,
     {0}},
    {"a period of more than 32 bits", IS(1, 1), {PINS(0xff0000) | PERIODIC}, 1000, false, {0}},
};

static void choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hpet hpet = {.capabilities = cases[i].capabilities};
        struct hpet_plan plan = {0};

        memcpy(hpet.timers, cases[i].timers, sizeof(cases[i].timers));
        if (hpet_find(&hpet, cases[i].hz, &plan) != cases[i].found)
            fail_msg("%s: %s", cases[i].name, cases[i].found ? "none found" : "found");
        if (memcmp(&plan, &cases[i].plan, sizeof(plan)) != 0)
            fail_msg("%s: timer %u, pin %u, %u ticks", cases[i].name, plan.timer, plan.pin,
                     plan.period);
    }
}

/* The registers' order: each one that counts is written after the one before it. */
static void a_run(void **state)
{
    static uint32_t registers[0x500 / 4];
    const struct hpet hpet = {.capabilities = IS(NS_10, 3), .timers = {0x3c, 0, 0x1c}};
    const struct hpet_plan plan = {1, 20, 4711};

    (void)state;
    registers[0x10 / 4] = 3;
    registers[0xf0 / 4] = registers[0xf4 / 4] = 99;
    hpet_run(registers, &hpet, &plan);
    assert_int_equal(registers[0x10 / 4], 1); /* on, without the ISA interrupts */
    assert_int_equal(registers[0xf0 / 4], 0);
    assert_int_equal(registers[0xf4 / 4], 0);
    assert_int_equal(registers[0x120 / 4], 20 << 9 | 0x104); /* edge, once, 32 bits */
    assert_int_equal(registers[0x128 / 4], UINT32_MAX);      /* not soon */
    assert_int_equal(registers[0x100 / 4], 0x38);            /* the others are off */
    assert_int_equal(registers[0x140 / 4], 0x18);
}

static void nothing_answers(void **state)
{
    static uint32_t registers[0x500 / 4];
    struct hpet hpet;

    (void)state;
    assert_false(hpet_look(registers, &hpet));
    memset(registers, 0xff, sizeof(registers));
    assert_false(hpet_look(registers, &hpet));
    registers[0] = 31 << 8;
    assert_true(hpet_look(registers, &hpet));
    assert_int_equal(hpet.timers[HPET_TIMERS - 1], UINT64_MAX);
}

/* Not before its time, except by a little. Also across the counter's overflow, where it is due at
 * once. */
static void what_is_due(void **state)
{
    static const struct {
        uint32_t set, counter;
        bool due;
    } looks[] = {
        {0, 0, false},
        {0, 796, false},
        {0, 797, true},
        {0, 9000, true},
        {5000, 5000, false},
        {5000, 5796, false},
        {5000, 5797, true},
        {UINT32_MAX - 399, UINT32_MAX - 390, false},
        {UINT32_MAX - 399, UINT32_MAX - 2, true},
        {UINT32_MAX - 399, 0, true},
        {UINT32_MAX - 399, 401, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(looks); i++) {
        const struct hpet_alarm alarm = {{.period = 800}, looks[i].set};

        if (hpet_is_due(&alarm, looks[i].counter) != looks[i].due)
            fail_msg("set at %u, at %u", looks[i].set, looks[i].counter);
    }
}

/* Twice a period after it was set it can only be lost. */
static void what_is_overdue(void **state)
{
    const struct hpet_alarm alarm = {{.period = 800}, UINT32_MAX - 399};

    (void)state;
    assert_false(hpet_is_overdue(&alarm, UINT32_MAX - 399));
    assert_false(hpet_is_overdue(&alarm, 401));
    assert_false(hpet_is_overdue(&alarm, 1199));
    assert_true(hpet_is_overdue(&alarm, 1200));
    assert_true(hpet_is_overdue(&alarm, 100000));
}

/* The count starts anew when the timer is set: no ring is due twice, however late the hypervisor
 * took the first. */
static void a_ring_at_a_time(void **state)
{
    static uint32_t registers[0x500 / 4];
    struct hpet_alarm alarm = {{.timer = 2, .period = 800}, 0};

    (void)state;
    registers[0xf0 / 4] = 3050;
    assert_true(hpet_is_due(&alarm, 3050));
    assert_true(hpet_set(registers, &alarm));
    assert_int_equal(registers[0x148 / 4], 3850);
    assert_false(hpet_is_due(&alarm, 3051));
    assert_false(hpet_is_due(&alarm, 3060));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_mode),         cmocka_unit_test(ioapic_registers),
        cmocka_unit_test(choices),         cmocka_unit_test(a_run),
        cmocka_unit_test(nothing_answers), cmocka_unit_test(what_is_due),
        cmocka_unit_test(what_is_overdue), cmocka_unit_test(a_ring_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
