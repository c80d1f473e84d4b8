/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A compartment by VMFUNC: a guest that can reach its key only within one function, the gate. The
 * rest of it runs in the view `outside`, in which the key's page is closed. A read there raises
 * #VE. docs/how-to/examples.md explains it.
 */
#include "altp2m.h"
#include "console.h"
#include "memory.h"
#include "probe.h"
#include "runtime.h"
#include "ve.h"

#define INSIDE 0 /* the view that a guest starts in has all memory */

static uint8_t *key;
static uint16_t outside;

static void make_compartment(void)
{
    uint64_t gfn = memory_gfn(key);

    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &outside);
    altp2m_set_access(outside, gfn, XENMEM_access_n);
    altp2m_set_suppress_ve(outside, gfn, 0);
    altp2m_enable_notify(0, ve_init()); /* #VE, and VMFUNC */
}

/* The gate: the only code that is ever inside, and it comes out before it returns. */
static uint32_t seal(const char *text)
{
    uint32_t sum = 0;

    vmfunc(0, INSIDE);
    for (const char *c = text; *c; c++)
        sum = (sum ^ (uint8_t)*c) * *(const volatile uint8_t *)key;
    vmfunc(0, outside);
    return sum;
}

static void try_to_read(const char *when)
{
    uint8_t value = 0;
    struct trap trap = probe_read(key, &value);

    printf("%s: a read of the key: %s, value %u\n", when, trap_name(trap.vector), value);
}

unsigned int guest_main(void)
{
    key = memory_pages(1);
    *key = 251;
    try_to_read("before");
    make_compartment();
    vmfunc(0, outside);
    try_to_read("outside");
    printf("outside: the seal of \"altview\" is %#x\n", seal("altview"));
    try_to_read("outside again");
    return SHUTDOWN_poweroff;
}
