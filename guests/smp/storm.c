/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All CPUs at once change each other's pages and read them: each owns one page of view 1, which
 * shows itself or another page, and reads its neighbour's.
 */
#include "smp.h"

#define ROUNDS             1000
#define LOOKS              200 /* at most; by chance, so that CPUs do not fall into step */
#define BYTE_OFFSET        64
#define SHOWS(cpu, turned) (uint8_t)(0x10 + 2 * (cpu) + (turned))

/* Even: being changed. Odd: (phase / 2) % 2 tells whether the page is turned. */
struct owner {
    unsigned long phase;
    unsigned long stale, looks, refused;
};

static struct owner owners[CPUS_MAX];
static volatile uint8_t *pages;

/* Even: in the end every page is where it was. */
static unsigned int rounds(void)
{
    return 2 * smp_each(ROUNDS);
}

static volatile uint8_t *page_of(unsigned int cpu, unsigned int turned)
{
    return pages + (2 * cpu + turned) * PAGE_SIZE;
}

static void turn(unsigned int cpu)
{
    struct owner *own = &owners[cpu];
    unsigned int turned = (own->phase / 2 + 1) % 2;
    uint64_t target = turned ? memory_gfn(page_of(cpu, 1)) : GFN_NONE;

    shared_add(&own->phase, 1);
    own->refused += altp2m_change_gfn(1, memory_gfn(page_of(cpu, 0)), target) != 0;
    shared_add(&own->phase, 1);
}

static void look_at(unsigned int other, struct owner *own)
{
    unsigned long before = shared_read(&owners[other].phase);
    uint8_t seen = page_of(other, 0)[BYTE_OFFSET];

    if (before % 2 == 0 || shared_read(&owners[other].phase) != before)
        return;
    own->looks++;
    own->stale += seen != SHOWS(other, before / 2 % 2);
}

static void take_part(void *argument)
{
    unsigned int cpu = cpu_number(), neighbour = (cpu + 1) % cpus_count();
    struct barrier *start = argument;
    uint32_t random = cpu;

    vmfunc(0, 1);
    barrier_wait(start);
    for (unsigned int i = 0; i < rounds(); i++) {
        turn(cpu);
        random = random * 1664525 + 1013904223;
        for (unsigned int look = (random >> 16) % LOOKS; look > 0; look--)
            look_at(neighbour, &owners[cpu]);
    }
    vmfunc(0, 0);
}

static void prepare(void)
{
    pages = memory_pages(2 * (size_t)cpus_count());
    memset(owners, 0, sizeof(owners));
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        owners[cpu].phase = 1;
        page_of(cpu, 0)[BYTE_OFFSET] = SHOWS(cpu, 0);
        page_of(cpu, 1)[BYTE_OFFSET] = SHOWS(cpu, 1);
    }
}

void area_storm(void)
{
    struct barrier start = {.count = cpus_count()};
    struct altview_view_info info;
    unsigned long looks = 0;

    if (cpus_count() < 2)
        return;
    smp_reset_with_notify();
    world_view(XENMEM_access_rwx);
    prepare();
    for (unsigned int cpu = 1; cpu < cpus_count(); cpu++)
        cpu_run(cpu, take_part, &start);
    take_part(&start);
    for (unsigned int cpu = 0; cpu < cpus_count(); cpu++) {
        if (cpu)
            smp_wait(cpu);
        check_value(check_name("cpu_%u.refused", cpu), 0, owners[cpu].refused);
        check_value(check_name("cpu_%u.stale", cpu), 0, owners[cpu].stale);
        looks += owners[cpu].looks;
    }
    check_true("they_have_looked", looks > rounds());
    altview_view_info(1, &info);
    check_value("remaps_left", 0, info.remaps); /* an even number of turns */
    altp2m_set_state(0);
}
