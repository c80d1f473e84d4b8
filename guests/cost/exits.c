/* SPDX-License-Identifier: BSD-2-Clause */
/* Into the hypervisor and back, with almost no work there. */
#include "call.h"
#include "cpu.h"
#include "measure.h"
#include "xen.h"

static long null_hypercall(void)
{
    DIRECT_CALL(__HYPERVISOR_xen_version, XENVER_version, 0);
    return 0;
}

static long cpuid(void)
{
    cpu_id(0, 0);
    return 0;
}

const struct operation exits[] = {
    {.name = "null_hypercall", .run = null_hypercall},
    {.name = "cpuid", .run = cpuid},
};
const unsigned int exits_count = COUNT_OF(exits);
