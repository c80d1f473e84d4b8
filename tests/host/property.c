/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on the engine and on the model, compared after each.
 *
 *   property [--seed N] [--ops N] [--shortage]
 *
 * Expected: after any operations in any order, every view translates every gfn as the model does,
 * hardware sees exactly that, no stale entry survives, no page is lost. With --shortage the test
 * tries each operation with its first page refused, then its second, and so on. The operation then
 * returns -ENOMEM and has changed nothing, or it did not need the page.
 */
#include "model/check.h"
#include "sim/fail.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xen/errno.h>

#define PAGES           32768
#define OPS_PER_ROUND   5000 /* then a new domain on another CPU */
#define FULL_EVERY      64
#define LISTING_EVERY   16 /* of the present view; a full check lists all */
#define ROTATING_CHECKS 16

struct run {
    struct pair pair;
    uint64_t seed, ops;
    bool shortage;
    uint64_t done, refused;
    unsigned int rotating;
};

/* A CPU and a domain of random properties. One round has EPT, the next NPT. */
static struct altp2m_config any_config(struct pair *p, bool npt)
{
    static const unsigned int view_counts[] = {1, 2, 5, 10, 10, 16, ALTP2M_MAX_VIEWS};
    struct altp2m_config config = sim_machine_config(&p->machine);

    config.view_count = view_counts[sim_random_below(&p->random, 7)];
    config.has_2m = !sim_random_one_in(&p->random, 4);
    config.has_1g = config.has_2m && !sim_random_one_in(&p->random, 4);
    config.has_exec_only = !sim_random_one_in(&p->random, 3);
    config.has_ve = !sim_random_one_in(&p->random, 3);
    if (npt)
        sim_machine_use_npt(&config);
    config.access_required = sim_random_one_in(&p->random, 3);
    config.mode = sim_random_one_in(&p->random, 2) ? ALTP2M_MODE_MIXED : ALTP2M_MODE_EXTERNAL;
    return config;
}

static void map_both(struct pair *p, uint64_t gfn, uint64_t nr)
{
    struct altp2m_mapping to = {
        .mfn = gfn + 0x40000000, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

    if (altp2m_host_map(&p->machine.domain, gfn, nr, to) || model_map(&p->model, gfn, nr, to))
        sim_fail("cannot map the guest's memory");
}

/* A guest with RAM at nearly every sample. */
static void populate(struct pair *p)
{
    if (p->model.config.has_2m) {
        map_both(p, 0, 0x180000);
        map_both(p, 0x7fffe00, 0x400);
        map_both(p, (UINT64_C(1) << SIM_GFN_BITS) - 0x200, 0x200);
        return;
    }
    map_both(p, 0, 0x1000);
    for (unsigned int i = 0; i < p->model.gfns->count; i++)
        map_both(p, p->model.gfns->gfn[i], 1);
}

static void round_start(struct run *r)
{
    struct pair *p = &r->pair;
    struct altp2m_config config;

    sim_machine_init(&p->machine, PAGES);
    config = any_config(p, r->done / OPS_PER_ROUND % 2);
    sim_machine_start(&p->machine, &config);
    model_init(&p->model, &p->machine.gfns, &config);
    memset(p->steps, 0, sizeof(p->steps));
    for (size_t i = 0; i < sizeof(p->hot) / sizeof(p->hot[0]); i++)
        p->hot[i] = (uint16_t)sim_random_below(&p->random, p->machine.gfns.count);
    populate(p);
}

static void round_end(struct run *r)
{
    struct pair *p = &r->pair;

    sim_describe("seed %" PRIu64 ", after operation %" PRIu64, r->seed, r->done);
    check_all(p);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        sim_machine_exit(&p->machine, i);
    while (altp2m_set_active(&p->machine.domain, false)) {
    }
    model_set_active(&p->model, false);
    check_all(p);
    sim_machine_fini(&p->machine);
}

/* Refuses one page after the other, until the operation succeeds. */
static struct answer engine_under_shortage(struct run *r, const struct operation *op)
{
    struct sim_memory *memory = &r->pair.machine.memory;

    for (uint32_t n = 1;; n++) {
        struct answer is;

        sim_memory_fail_at(memory, n, n & 1);
        is = op->kind->engine(&r->pair, op);
        bool refused = memory->failed;
        sim_memory_fail_at(memory, 0, false);
        if (!refused || !operation_gave_up(op, &is))
            return is;
        r->refused++;
        if (op->kind->model_partly)
            op->kind->model_partly(&r->pair, op, is.value);
        check_all(&r->pair);
    }
}

static void check_touched(struct run *r, const struct operation *op)
{
    struct pair *p = &r->pair;

    for (unsigned int i = 0; i < op->touched_count; i++)
        check_sample(p, op->touched[i]);
    for (unsigned int i = 0; i < ROTATING_CHECKS; i++)
        check_sample(p, r->rotating++ % p->machine.gfns.count);
    if (r->done % LISTING_EVERY == 0)
        check_listing(p, op->view);
    check_domain(p);
}

static void one_operation(struct run *r)
{
    struct pair *p = &r->pair;
    struct operation op = operation_choose(p);
    struct answer is, want;

    sim_describe("seed %" PRIu64 ", %s, operation %" PRIu64 ": %s", r->seed,
                 p->model.config.format ? "NPT" : "EPT", r->done, operation_text(&op));
    if (getenv("ALTVIEW_TRACE"))
        printf("%" PRIu64 " %s\n", r->done, operation_text(&op));
    sim_machine_touch(&p->machine, op.touched, op.touched_count);
    is = r->shortage ? engine_under_shortage(r, &op) : op.kind->engine(p, &op);
    want = op.kind->model(p, &op);
    if (is.rc != want.rc || is.value != want.value)
        sim_fail("answered %ld (%" PRIu64 "), should be %ld (%" PRIu64 ")", is.rc, is.value,
                 want.rc, want.value);
    check_touched(r, &op);
    if (r->done % FULL_EVERY == 0)
        check_all(p);
    r->done++;
}

static void parse(struct run *r, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            r->seed = sim_number(argv[++i]);
        else if (!strcmp(argv[i], "--ops") && i + 1 < argc)
            r->ops = sim_number(argv[++i]);
        else if (!strcmp(argv[i], "--shortage"))
            r->shortage = true;
        else {
            fprintf(stderr, "usage: property [--seed N] [--ops N] [--shortage]\n");
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    struct run *r = calloc(1, sizeof(*r));

    if (!r)
        return 2;
    r->seed = (uint64_t)time(NULL);
    r->ops = 100000;
    parse(r, argc, argv);
    printf("property: seed %" PRIu64 ", %" PRIu64 " operations%s\n", r->seed, r->ops,
           r->shortage ? ", each with every page refused in turn" : "");
    fflush(stdout);
    r->pair.random = sim_random_seed(r->seed);
    while (r->done < r->ops) {
        round_start(r);
        do
            one_operation(r);
        while (r->done < r->ops && r->done % OPS_PER_ROUND);
        round_end(r);
    }
    printf("property: %" PRIu64 " operations as expected", r->done);
    printf(r->shortage ? ", %" PRIu64 " refusals undone\n" : "\n", r->refused);
    free(r);
    return 0;
}
