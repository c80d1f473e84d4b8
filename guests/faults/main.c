/* SPDX-License-Identifier: BSD-2-Clause */
/* See faults.h. */
#include "check.h"
#include "console.h"
#include "faults.h"
#include "runtime.h"
#include "string.h"
#include "world.h"

/* Superpages of the host p2m: 128 MiB and up, which the guest does not use otherwise. */
#define FAR_ADDRESS     UINT64_C(0x8000000)
#define FARTHER_ADDRESS UINT64_C(0x8a00000)
#define EDGE_ADDRESS    UINT64_C(0x9200000)

volatile uint8_t *place_page(unsigned int place)
{
    const volatile void *pages[PLACES] = {
        [NEAR] = world.pages,
        [NEXT] = world.pages + PAGE_SIZE,
        [FAR] = (void *)(uintptr_t)FAR_ADDRESS,
        [FARTHER] = (void *)(uintptr_t)FARTHER_ADDRESS,
        [BEFORE_EDGE] = (void *)(uintptr_t)(EDGE_ADDRESS - PAGE_SIZE),
        [BEHIND_EDGE] = (void *)(uintptr_t)EDGE_ADDRESS,
    };

    return (volatile uint8_t *)pages[place];
}

uint64_t place_gfn(unsigned int place)
{
    return memory_gfn(place_page(place));
}

/* View 0, view ACTED_ON, what the operation starts from; then `pages` are left. */
static void stage(const struct operation *o, unsigned int pages)
{
    world_reset();
    altview_set_vmfunc(0, 1);
    world_view(XENMEM_access_rwx);
    if (o->prepare)
        o->prepare();
    pool_leave(pages);
}

static void clear(const struct operation *o)
{
    if (o->restore)
        o->restore();
    altp2m_set_state(0);
}

/* Run it once with this many pages. False: it was refused; then adds the number of changes to
 * *changed. */
static bool succeeds(const struct operation *o, unsigned int pages, unsigned int *changed)
{
    long seen;

    stage(o, pages);
    state_remember();
    seen = o->run();
    if (seen == o->done)
        return true;
    if (seen != o->refused) {
        check_result(check_name("%s.answer", o->name), o->refused, seen);
        *changed += 1;
    }
    *changed += state_differences();
    *changed += pool_count() != pages;
    return false;
}

static void check_operation(const struct operation *o)
{
    unsigned int changed = 0, pages = 0;

    for (; !succeeds(o, pages, &changed) && pages < MOST_PAGES; pages++)
        clear(o);
    check_result(check_name("%s.pages", o->name), o->pages, pages);
    check_result(check_name("%s.changed_when_refused", o->name), 0, changed);
    if (pages)
        check_result(check_name("%s.left_over", o->name), o->spare, pool_count());
    clear(o);
}

/* A list stops at the first failure, and keeps the elements before it (as in Xen). */
static void check_list_over_regions(void)
{
    static const uint8_t accesses[] = {XENMEM_access_r, XENMEM_access_r};
    const uint64_t gfns[] = {place_gfn(NEAR), place_gfn(FAR)};
    const struct operation none = {0};

    stage(&none, 3);
    check_result("list_over_regions", -XEN_ENOMEM,
                 altp2m_set_access_list(ACTED_ON, 2, gfns, accesses));
    check_result("list_over_regions.first", XENMEM_access_r,
                 world_access(ACTED_ON, place_gfn(NEAR)));
    check_result("list_over_regions.second", XENMEM_access_rwx,
                 world_access(ACTED_ON, place_gfn(FAR)));
    altp2m_set_state(0);
}

static unsigned int count_from_fresh(void)
{
    unsigned int count;

    world_reset();
    count = pool_count();
    altp2m_set_state(0);
    return count;
}

unsigned int guest_main(void)
{
    unsigned int at_first;

    check_area("faults");
    if (!world_init())
        return SHUTDOWN_crash;
    for (unsigned int place = 0; place < PLACES; place++)
        memset((void *)place_page(place), 0x10 + (int)place, PAGE_SIZE);
    at_first = count_from_fresh();
    printf("faults: %u pages to be had\n", at_first);
    for (unsigned int i = 0; i < operation_count; i++)
        check_operation(&operations[i]);
    check_list_over_regions();
    check_result("pool_at_the_end", at_first - base_pages_taken, count_from_fresh());
    return check_summary() ? SHUTDOWN_poweroff : SHUTDOWN_crash;
}
