/* SPDX-License-Identifier: BSD-2-Clause */
/* Which interrupt messages can start a CPU, or reach one that is out of VMX operation. */
#include "pure/refusals.h"

#include "x86/delivery.h"

/* By delivery mode (SDM Vol. 3A 11.6.1): fixed, lowest priority, SMI, reserved, NMI, INIT,
 * start-up, ExtINT. What else the message says does not matter. */
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

/* Only the low halves of redirection entries have a delivery mode; the register that selects has
 * eight bits. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_mode),
        cmocka_unit_test(ioapic_registers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
