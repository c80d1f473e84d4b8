/* SPDX-License-Identifier: BSD-2-Clause */
/* The class of each VM exit in altview, number by number. */
#include "pure/refusals.h"

#include "control/exit_reason.h"
#include "vmx/report/reason.h"

/* Appendix C of SDM Vol. 3D, written down again: i an instruction that exits unconditionally and is
 * not served, S served, o its control is off, e VM entry failure, - no such number (yet). */
static const char expected[] = "SoSSSooS" /* 0: exception ... interrupt window */
                               "SSSioSoo" /* 8: NMI window ... RDPMC */
                               "ooSiiiii" /* 16: RDTSC ... VMREAD */
                               "iiiiSoSS" /* 24: VMRESUME ... RDMSR */
                               "See-oS-o" /* 32: WRMSR ... MONITOR */
                               "oe-ooooo" /* 40: PAUSE ... LDTR or TR */
                               "SSioSioS" /* 48: EPT violation ... XSETBV */
                               "oooSoooo" /* 56: APIC write ... XSAVES */
                               "ooooooo-" /* 64: XRSTORS ... ENCLV */
                               "oooSiioo" /* 72: ENQCMD ... WRMSRLIST */
                               "oo--oo";  /* 80: URDMSR ... WRMSR, immediate */

static enum reason_kind kind_of(char letter)
{
    switch (letter) {
    case 'S':
        return REASON_IS_SERVED;
    case 'o':
        return REASON_IS_OFF;
    case 'e':
        return REASON_IS_ENTRY;
    default:
        return REASON_IS_INSTRUCTION;
    }
}

static void each_number_is_what_the_sdm_says(void **state)
{
    (void)state;
    assert_int_equal(sizeof(expected) - 1, REASON_UNSERVED);
    for (unsigned int i = 0; expected[i]; i++) {
        if (reason_kind(i) != kind_of(expected[i]))
            fail_msg("exit %u, %s: kind %d, not %d", i, exit_reason_name(i), reason_kind(i),
                     kind_of(expected[i]));
    }
}

/* A control that altview does not know is off, so an unknown exit without one is an
 * instruction's. */
static void numbers_to_come_are_instructions(void **state)
{
    (void)state;
    for (unsigned int i = REASON_UNSERVED; i <= REASON_BASIC; i++)
        assert_int_equal(reason_kind(i), REASON_IS_INSTRUCTION);
}

/* The report has its name. */
static void those_of_the_sdm_have_a_name(void **state)
{
    (void)state;
    for (unsigned int i = 0; expected[i]; i++)
        assert_int_equal(strcmp(exit_reason_name(i), "unknown") != 0, expected[i] != '-');
    assert_string_equal(exit_reason_name(REASON_UNSERVED), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_what_the_sdm_says),
        cmocka_unit_test(numbers_to_come_are_instructions),
        cmocka_unit_test(those_of_the_sdm_have_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
