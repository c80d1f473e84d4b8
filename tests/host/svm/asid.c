/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address space identifiers, on a TLB that keeps everything. The guest must never use a translation
 * from before a flush of it. The guest's own INVLPG flushes only in the current ASID, so with an
 * ASID for each view the guest would meet a view's stale translations again.
 */
#include "pure/refusals.h"

#include "sim/random.h"
#include "svm/asid.h"

#define ASIDS   64
#define ENTRIES 8 /* linear pages, a translation each */
#define ROUNDS  20000

/* The time of each translation, as the number of flushes before it. 0: there is none. */
struct tlb {
    unsigned long made[ASIDS][ENTRIES];
};

static void flush_all(struct tlb *tlb)
{
    *tlb = (struct tlb){.made = {{0}}};
}

/* The guest uses a page: by the existing translation, or a new one. */
static unsigned long use(struct tlb *tlb, uint32_t asid, unsigned int page, unsigned long now)
{
    if (!tlb->made[asid][page])
        tlb->made[asid][page] = now;
    return tlb->made[asid][page];
}

static void run(uint32_t count)
{
    struct sim_random random = sim_random_seed(count);
    struct asids asids;
    struct tlb tlb;
    unsigned long now = 1;

    flush_all(&tlb);
    asids_begin(&asids, count);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        unsigned int page = (unsigned int)sim_random_below(&random, ENTRIES);

        if (sim_random_one_in(&random, 4)) { /* another view, or a change of one */
            now++;
            if (asids_next(&asids))
                flush_all(&tlb);
        }
        assert_true(asids.current >= ASID_FIRST && asids.current < count);
        assert_int_equal(use(&tlb, asids.current, page, now), now);
    }
}

static void never_meets_the_past(void **state)
{
    static const uint32_t counts[] = {3, 4, 16, ASIDS};

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++)
        run(counts[i]);
}

/* One flush of everything for as many switches as there are ASIDs, and no more. */
static void flushes_seldom(void **state)
{
    struct asids asids;
    unsigned int flushes = 0;

    (void)state;
    asids_begin(&asids, 16);
    for (unsigned int i = 0; i < 140; i++)
        flushes += asids_next(&asids);
    assert_int_equal(flushes, 10); /* 14 of 16 are the guest's */
}

/* The guest never gets the host's ASID and that of a waiting guest. */
static void leaves_ours_alone(void **state)
{
    (void)state;
    assert_true(ASID_FIRST > ASID_IDLE && ASID_IDLE > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(never_meets_the_past),
        cmocka_unit_test(flushes_seldom),
        cmocka_unit_test(leaves_ours_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
