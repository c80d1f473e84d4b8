/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/vcpu_number.h"

#include "range.h"
#include "say.h"

#include <stddef.h>

/* The highest that is no "all" (ALTVIEW_ALL_VCPUS); the domain knows how many there are. */
#define MOST 0xfffffffeU

int vcpu_parse(const char *text, unsigned int *vcpu)
{
    uint64_t number;

    if (range_number(text, &number) || number > MOST) {
        return usage_error("vCPU %s: give its number; altview vcpus lists them", text);
    }
    *vcpu = (unsigned int)number;
    return 0;
}
