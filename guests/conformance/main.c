/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conformance guest: compares the hypervisor's answers with the right ones. Option on the
 * command line: mode=mixed|external|limited|disabled, the altp2m mode the domain was given.
 */
#include "areas.h"
#include "check.h"
#include "runtime.h"
#include "world.h"

struct area {
    const char *name;
    void (*run)(void);
    bool mixed_only; /* the guest must be able to turn altp2m on */
};

static const struct area areas[] = {
    {"xen", area_xen, false},
    {"events", area_events, false},
    {"cpu", area_cpu, false},
    {"envelope", area_envelope, false},
    {"state", area_state, false},
    {"balloon", area_balloon, false},
    {"access_op", area_access_op, false},
    {"views", area_views, true},
    {"access", area_access, true},
    {"list", area_list, true},
    {"suppress", area_suppress, true},
    {"remap", area_remap, true},
    {"visibility", area_visibility, true},
    {"notify", area_notify, true},
    {"vmfunc", area_vmfunc, true},
    {"vmfunc_code", area_vmfunc_code, true},
    {"switch", area_switch, false},
    {"rights", area_rights, true},
    {"ve", area_ve, true},
    {"fresh", area_fresh, true},
    {"propagation", area_propagation, true},
    {"kept", area_kept, true},
};

#define MIN_VIEWS 6U

unsigned int guest_main(void)
{
    if (!world_init())
        return SHUTDOWN_crash;
    if (altp2m_direct_probe() > 0)
        altp2m_call_both_ways();
    if (world.mode == MODE_MIXED && world.views < MIN_VIEWS) {
        printf("conformance: a table of %u views is too small, give it %u\n", world.views,
               MIN_VIEWS);
        return SHUTDOWN_crash;
    }
    printf("conformance: mode %s, %u bits, %u views\n", world_mode_name(),
           (unsigned int)sizeof(long) * 8, world.views);
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        if (areas[i].mixed_only && world.mode != MODE_MIXED)
            continue;
        check_area(areas[i].name);
        areas[i].run();
    }
    return check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash;
}
