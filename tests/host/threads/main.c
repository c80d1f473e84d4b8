/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * With EPT, then with NPT: two threads make random operations on one domain under its lock, while
 * three CPUs run in its views. The build has the thread sanitizer.
 *
 *   threads [--seed N] [--ops N]
 *
 * Expected: the result equals that of the same operations one after the other, in the order in
 * which the threads took the lock: each answer is the same, and so is every view. No CPU walks
 * through a page that has been given back, or keeps a translation that a returned operation has
 * removed. Writes to data that others read without the lock are atomic: otherwise the sanitizer
 * reports a race.
 */
#include "sim/fail.h"
#include "threads/machine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xen/memory.h>

#define OPERATORS 2

struct operation {
    unsigned int kind, vcpu;
    uint16_t view, to, access;
    bool flag;
    uint64_t gfn, target, nr;
    uint16_t views[CPUS]; /* the vCPUs' views at that time */
    int rc;
    uint16_t made;
};

typedef int operate(struct machine *m, struct operation *o);

static int create(struct machine *m, struct operation *o)
{
    return altp2m_view_create(&m->domain, o->access, &o->made);
}

static int clone_view(struct machine *m, struct operation *o)
{
    return altp2m_view_clone(&m->domain, o->view, &o->made);
}

static int destroy(struct machine *m, struct operation *o)
{
    return altp2m_view_destroy(&m->domain, o->view);
}

static int show(struct machine *m, struct operation *o)
{
    return altp2m_set_visibility(&m->domain, o->view, o->flag);
}

static int show_to_one(struct machine *m, struct operation *o)
{
    return altp2m_set_visibility_for(&m->domain, &m->vcpus[o->vcpu], o->view, o->flag);
}

static int evict(struct machine *m, struct operation *o)
{
    return altp2m_evict(&m->domain, o->flag ? NULL : &m->vcpus[o->vcpu], o->view, o->to);
}

static int switch_all(struct machine *m, struct operation *o)
{
    return altp2m_switch_all(&m->domain, o->view);
}

static int set_access(struct machine *m, struct operation *o)
{
    return altp2m_set_access(&m->domain, o->view, o->gfn, o->access);
}

static int set_suppress(struct machine *m, struct operation *o)
{
    return altp2m_set_suppress_ve(&m->domain, o->view, o->gfn, o->flag);
}

static int remap(struct machine *m, struct operation *o)
{
    return altp2m_remap(&m->domain, o->view, o->gfn, o->target, o->flag);
}

static int undo(struct machine *m, struct operation *o)
{
    return altp2m_remap(&m->domain, o->view, o->gfn, ALTP2M_INVALID_GFN, true);
}

static int host_map(struct machine *m, struct operation *o)
{
    struct altp2m_mapping to = {
        .mfn = o->target * 512 + o->gfn, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

    return altp2m_host_map(&m->domain, o->gfn, o->nr, to);
}

static int host_unmap(struct machine *m, struct operation *o)
{
    return altp2m_host_unmap(&m->domain, o->gfn, o->nr);
}

static operate *const kinds[] = {
    create,      create, clone_view, destroy,    destroy,    show,       show,
    show_to_one, evict,  switch_all, set_access, set_access, set_access, remap,
    undo,        undo,   host_map,   host_map,   host_unmap, set_access, set_suppress,
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct run {
    struct machine machine;
    struct operation *log;
    uint64_t ops, done;
};

struct operator_thread {
    struct run *run;
    struct sim_random random;
    pthread_t thread;
};

static struct operation choose(struct sim_random *r)
{
    struct operation o = {
        .kind = (unsigned int)sim_random_below(r, KINDS),
        .vcpu = (unsigned int)sim_random_below(r, CPUS),
        .view = (uint16_t)sim_random_below(r, 8),
        .to = (uint16_t)sim_random_below(r, 8),
        .access = (uint16_t)sim_random_below(r, 11),
        .flag = sim_random_one_in(r, 2),
        .gfn = sim_random_below(r, 16) * 67 % GFNS,
        .target = sim_random_below(r, 16) * 67 % GFNS,
        .nr = 1,
        .made = UINT16_MAX,
    };

    /* Now and then all of a table, so that the engine can drop the table. */
    if (sim_random_one_in(r, 4)) {
        o.gfn &= ~UINT64_C(511);
        o.nr = 512;
    }
    return o;
}

/* One after the other, in the order in which the threads come. */
static void *operator_main(void *argument)
{
    struct operator_thread *t = argument;
    struct run *r = t->run;
    bool more = true;

    while (more) {
        struct operation o = choose(&t->random);

        machine_lock(&r->machine);
        more = r->done < r->ops;
        if (more) {
            o.rc = kinds[o.kind](&r->machine, &o);
            memcpy(o.views, r->machine.views, sizeof(o.views));
            r->log[r->done++] = o;
        }
        machine_unlock(&r->machine);
    }
    return NULL;
}

static void operate_together(struct run *r, uint64_t seed)
{
    struct operator_thread threads[OPERATORS];

    for (unsigned int i = 0; i < OPERATORS; i++) {
        threads[i].run = r;
        threads[i].random = sim_random_seed(seed + 100 + i);
        if (pthread_create(&threads[i].thread, NULL, operator_main, &threads[i]))
            sim_fail("no thread for an operator");
    }
    for (unsigned int i = 0; i < OPERATORS; i++)
        pthread_join(threads[i].thread, NULL);
}

/* The same again, by one thread; the vCPUs are in their views of that time. */
static void replay(struct machine *m, const struct run *r)
{
    for (uint64_t i = 0; i < r->ops; i++) {
        struct operation o = r->log[i];

        sim_describe("operation %" PRIu64 " of kind %u, replayed", i, o.kind);
        o.made = UINT16_MAX;
        for (unsigned int n = 0; n < CPUS; n++)
            m->vcpus[n].view = o.views[n];
        o.rc = kinds[o.kind](m, &o);
        if (o.rc != r->log[i].rc || o.made != r->log[i].made)
            sim_fail("answers %d and %u, answered %d and %u together with others", o.rc, o.made,
                     r->log[i].rc, r->log[i].made);
    }
}

static void same_gfn(const struct machine *a, const struct machine *b, unsigned int view,
                     uint64_t gfn)
{
    struct altp2m_translation s = altp2m_translate(&a->domain, view, gfn);
    struct altp2m_translation t = altp2m_translate(&b->domain, view, gfn);

    if (s.to.mfn != t.to.mfn || s.to.type != t.to.type || s.access != t.access ||
        s.rights != t.rights || s.suppress_ve != t.suppress_ve || s.overridden != t.overridden ||
        s.remapped != t.remapped)
        sim_fail("view %u gfn %#" PRIx64 " is not what it is after the same operations in a row",
                 view, gfn);
}

static void same(const struct machine *a, const struct machine *b)
{
    sim_describe("comparing with the replay");
    for (unsigned int view = 0; view < a->domain.config.view_count; view++) {
        bool live = altp2m_view_is_live(&a->domain, view);

        if (live != altp2m_view_is_live(&b->domain, view))
            sim_fail("view %u is live here and not there", view);
        for (unsigned int i = 0; i < CPUS; i++)
            if (altp2m_view_is_visible_to(&a->domain, &a->vcpus[i], view) !=
                altp2m_view_is_visible_to(&b->domain, &b->vcpus[i], view))
                sim_fail("view %u is visible to vCPU %u here and not there", view, i);
        for (uint64_t gfn = 0; live && gfn < GFNS; gfn++)
            same_gfn(a, b, view, gfn);
    }
}

static void report(const struct run *r)
{
    uint64_t walks = 0, vmfuncs = 0, heeded = 0, refused = 0;

    for (unsigned int i = 0; i < CPUS; i++) {
        walks += r->machine.cpus[i].walks;
        vmfuncs += r->machine.cpus[i].vmfuncs;
        heeded += r->machine.cpus[i].kicks;
    }
    for (uint64_t i = 0; i < r->ops; i++)
        refused += r->log[i].rc != 0;
    printf("threads: %" PRIu64 " operations as in a row (%" PRIu64 " refused); meanwhile %" PRIu64
           " walks, %" PRIu64 " VMFUNCs, attention %" PRIu64 " times\n",
           r->ops, refused, walks, vmfuncs, heeded);
}

static void run_with(struct run *r, uint64_t seed, enum altp2m_format format)
{
    static struct machine again;

    r->done = 0;
    sim_describe("seed %" PRIu64 ", %s, several threads", seed, format ? "NPT" : "EPT");
    machine_init(&r->machine, format);
    machine_run(&r->machine, seed);
    operate_together(r, seed);
    machine_stop(&r->machine);
    machine_init(&again, format);
    replay(&again, r);
    same(&r->machine, &again);
    report(r);
    machine_free(&again);
    machine_free(&r->machine);
}

int main(int argc, char **argv)
{
    static struct run run;
    uint64_t seed = (uint64_t)time(NULL);

    run.ops = 10000;
    for (int i = 1; i + 1 < argc; i += 2)
        *(strcmp(argv[i], "--seed") ? &run.ops : &seed) = sim_number(argv[i + 1]);
    printf("threads: seed %" PRIu64 ", %" PRIu64 " operations with each format\n", seed, run.ops);
    fflush(stdout);
    run.log = calloc(run.ops, sizeof(*run.log));
    if (!run.log)
        return 2;
    run_with(&run, seed, ALTP2M_FORMAT_EPT);
    run_with(&run, seed, ALTP2M_FORMAT_NPT);
    free(run.log);
    return 0;
}
