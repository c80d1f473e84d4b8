/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine guest: checks that the machine still works under the hypervisor. */
#include "machine.h"
#include "world.h"

static const struct {
    const char *name;
    void (*run)(void);
} areas[] = {
    {"registers", area_registers},   {"debug", area_debug},       {"interrupts", area_interrupts},
    {"own_memory", area_own_memory}, {"steps", area_steps},       {"scatter", area_scatter},
    {"ring3", area_ring3},           {"features", area_features},
};

unsigned int guest_main(void)
{
    world.altview = true;
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        check_area(areas[i].name);
        areas[i].run();
    }
    return check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash;
}
