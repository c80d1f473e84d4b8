/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits without a pause, until the monitor has had all the answers it wants (argument 1). */
#include "hostile.h"

void attack_cpuid_flood(void)
{
    uint64_t count = 0;

    for (; !box->arguments[1]; count++)
        cpu_id(0, 0);
    check_true("it_was_a_flood", count > 1000);
}

void attack_call_flood(void)
{
    uint64_t count = 0, wrong = 0;

    for (; !box->arguments[1]; count++)
        wrong += xen_version(XENVER_version, NULL) != (4 << 16 | 17);
    check_true("it_was_a_flood", count > 1000);
    check_value("wrong_answers", 0, wrong);
}
