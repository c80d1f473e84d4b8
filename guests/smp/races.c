/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of several CPUs at the same time have the result of one after the other. */
#include "smp.h"

#define ROUNDS       10000 /* of all CPUs together */
#define SHARED_PAGES 4

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

/* The number of a CPU's wrong successes and wrong failures. */
struct tally {
    unsigned long created, full, shared_slot, wrong, surprising;
};

static struct tally tallies[CPUS_MAX];
static unsigned long owner[VIEWS];
static struct barrier start;

static unsigned int rounds(void)
{
    return smp_each(ROUNDS);
}

/* A slot belongs to the CPU that was given it until that CPU gives it back. */
static void use_own_view(uint16_t view, uint32_t *random, struct tally *tally)
{
    static const uint16_t accesses[] = {XENMEM_access_n, XENMEM_access_r, XENMEM_access_rx};
    unsigned int page = next_random(random) % WORLD_PAGES;
    uint16_t access = accesses[next_random(random) % 3];

    tally->wrong += altp2m_set_access(view, world_gfn(page), access) != 0;
    tally->wrong += world_access(view, world_gfn(page)) != access;
    tally->wrong += world_access(view, world_gfn((page + 1) % WORLD_PAGES)) != XENMEM_access_rwx;
}

static void create_and_destroy(struct tally *tally, uint32_t *random)
{
    uint16_t view;
    long rc = altp2m_create(XENMEM_access_rwx, &view);

    if (rc) {
        tally->full += rc == -XEN_EINVAL;
        tally->surprising += rc != -XEN_EINVAL;
        return;
    }
    tally->created++;
    tally->shared_slot += view >= VIEWS || __atomic_exchange_n(&owner[view], 1, __ATOMIC_SEQ_CST);
    use_own_view(view, random, tally);
    __atomic_store_n(&owner[view], 0, __ATOMIC_SEQ_CST);
    tally->wrong += altp2m_destroy(view) != 0;
}

static void race_for_slots(void *argument)
{
    uint32_t random = cpu_number();

    (void)argument;
    barrier_wait(&start);
    for (unsigned int i = 0; i < rounds(); i++)
        create_and_destroy(&tallies[cpu_number()], &random);
}

static void on_all(void (*body)(void *))
{
    start = (struct barrier){.count = cpus_count()};
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        cpu_run(cpu, body, NULL);
    body(NULL);
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        smp_wait(cpu);
}

static unsigned int live_views(void)
{
    struct altview_view_info info;
    unsigned int live = 0;

    for (uint16_t view = 0; !altview_view_info(view, &info); view++)
        live += info.live;
    return live;
}

static void check_slots(void)
{
    unsigned long done = 0;

    memset(tallies, 0, sizeof(tallies));
    memset(owner, 0, sizeof(owner));
    on_all(race_for_slots);
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        const struct tally *tally = &tallies[cpu];

        check_value(check_name("slots.cpu_%u.given_twice", cpu), 0, tally->shared_slot);
        check_value(check_name("slots.cpu_%u.wrong", cpu), 0, tally->wrong);
        check_value(check_name("slots.cpu_%u.surprising", cpu), 0, tally->surprising);
        check_true(check_name("slots.cpu_%u.created", cpu), tally->created);
        done += tally->created + tally->full;
    }
    check_value("slots.rounds", rounds() * cpus_count(), done);
    check_value("slots.live", 1, live_views());
}

/* All change the same setting. The last one of some CPU must stay. */
static struct last {
    uint16_t access[SHARED_PAGES];
    bool visible;
} lasts[CPUS_MAX];

static const uint16_t settings[] = {XENMEM_access_r, XENMEM_access_rw, XENMEM_access_rwx};

static bool is_setting(long access)
{
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (access == settings[i])
            return true;
    return false;
}

static void race_for_settings(void *argument)
{
    unsigned int cpu = cpu_number();
    struct tally *tally = &tallies[cpu];
    uint32_t random = cpu;

    (void)argument;
    barrier_wait(&start);
    for (unsigned int i = 0; i < rounds(); i++) {
        unsigned int page = next_random(&random) % SHARED_PAGES;
        uint16_t access = settings[next_random(&random) % 3];

        tally->wrong += altp2m_set_access(1, world_gfn(page), access) != 0;
        lasts[cpu].access[page] = access;
        tally->surprising += !is_setting(world_access(1, world_gfn(page)));
        lasts[cpu].visible = next_random(&random) % 2;
        tally->wrong += altp2m_set_visibility(1, lasts[cpu].visible) != 0;
        if (probe_vmfunc(0, 1).vector == TRAP_NONE)
            vmfunc(0, 0);
    }
}

static bool was_last(unsigned int page, long access)
{
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        if (lasts[cpu].access[page] == access)
            return true;
    return false;
}

static bool visibility_was_last(bool visible)
{
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++)
        if (lasts[cpu].visible == visible)
            return true;
    return false;
}

static void check_settings(void)
{
    struct altview_view_info info;
    unsigned int overrides = 0;

    memset(tallies, 0, sizeof(tallies));
    memset(lasts, 0, sizeof(lasts));
    world_view(XENMEM_access_rwx);
    on_all(race_for_settings);
    for (unsigned int page = 0; page < SHARED_PAGES; page++) {
        long access = world_access(1, world_gfn(page));

        check_true(check_name("settings.page_%u.is_a_last_one", page), was_last(page, access));
        overrides += access != XENMEM_access_rwx;
    }
    altview_view_info(1, &info);
    check_value("settings.overrides", overrides, info.overrides);
    check_true("settings.visibility_is_a_last_one", visibility_was_last(info.visible));
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        check_value(check_name("settings.cpu_%u.refused", cpu), 0, tallies[cpu].wrong);
        check_value(check_name("settings.cpu_%u.surprising", cpu), 0, tallies[cpu].surprising);
    }
}

void area_races(void)
{
    if (cpus_count() < 2)
        return;
    smp_reset_with_notify();
    check_slots();
    check_settings();
    altp2m_set_state(0);
}
