/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest with several CPUs. Options on the command line: mode=mixed|external|limited|disabled,
 * the altp2m mode the domain was given; cpus=N, how many CPUs there should be; apic=x2apic, to
 * begin in that mode; percent=N, the percentage of repetitions; windows=wide, if the hypervisor
 * waits at random (its debug build's option wide-windows). Without a hypervisor it runs the checks
 * that need none.
 */
#include "runtime.h"
#include "smp.h"
#include "start_info.h"
#include "string.h"

/* Repeat the checks in that mode: there is no way back, so this comes last. */
static void area_x2apic(void)
{
    if (apic_set_mode(APIC_X2APIC)) {
        area_start();
        area_ipi();
        if (world.mode == MODE_MIXED && xen_present())
            area_exits();
    }
}

static const struct {
    const char *name;
    void (*run)(void);
    bool mixed_only; /* the guest must be able to turn altp2m on */
} areas[] = {
    {"before", area_before, false}, {"start", area_start, false}, {"down", area_down, false},
    {"ipi", area_ipi, false},       {"exits", area_exits, true},  {"views", area_views, true},
    {"revoke", area_revoke, true},  {"evict", area_evict, true},  {"kicks", area_kicks, true},
    {"nmi", area_nmi, true},        {"flags", area_flags, true},  {"races", area_races, true},
    {"storm", area_storm, true},    {"load", area_load, false},   {"x2apic", area_x2apic, false},
    {"events", area_events, false},
};

static void check_count(void)
{
    char expected[8] = "", found[8];

    snprintf(found, sizeof(found), "%u", cpus_init());
    if (start_info_option("cpus", expected, sizeof(expected)))
        check_text("cpus", expected, found);
    if (start_info_option("apic", expected, sizeof(expected)) && string_equal(expected, "x2apic"))
        check_true("x2apic", apic_set_mode(APIC_X2APIC));
}

static bool is_wanted(size_t i)
{
    char only[16];

    if (start_info_option("only", only, sizeof(only)))
        return string_equal(only, areas[i].name);
    return !areas[i].mixed_only || (world.mode == MODE_MIXED && xen_present());
}

/* An area by itself finds the CPUs started, as areas after others do. */
static void start_for_one(void)
{
    char only[16];

    if (start_info_option("only", only, sizeof(only)) && !string_equal(only, "before"))
        smp_start_all(smp_apic_way());
}

unsigned int guest_main(void)
{
    if (!world_init())
        return SHUTDOWN_crash;
    check_area("machine");
    check_count();
    printf("smp: mode %s, %u CPUs\n", world_mode_name(), cpus_count());
    start_for_one();
    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        if (!is_wanted(i))
            continue;
        check_area(areas[i].name);
        areas[i].run();
    }
    return check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash;
}
