/* SPDX-License-Identifier: BSD-2-Clause */
#include "threads/machine.h"

#include "sim/fail.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* The contents of a free page, and of a fresh one: no entry of the engine's equals them. */
#define FREED  0xdb
#define FRESH  0xaa
#define ALL_OF UINT64_C(0x0101010101010101)

void machine_lock(struct machine *m)
{
    uint32_t ticket = __atomic_fetch_add(&m->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&m->serving, __ATOMIC_ACQUIRE) != ticket)
        sched_yield();
}

void machine_unlock(struct machine *m)
{
    __atomic_store_n(&m->serving, m->serving + 1, __ATOMIC_RELEASE);
}

static void *page_alloc(void *context)
{
    struct machine *m = context;
    uint8_t *page;

    if (!m->free_count)
        sim_fail("no page left: make the machine larger, or a leak is at work");
    page = m->arena + (size_t)m->free_pages[--m->free_count] * ALTP2M_PAGE_SIZE;
    memset(page, FRESH, ALTP2M_PAGE_SIZE);
    return page;
}

/* A CPU that still reads the page races with this write, and reads an invalid entry. */
static void page_free(void *context, void *page)
{
    struct machine *m = context;

    memset(page, FREED, ALTP2M_PAGE_SIZE);
    m->free_pages[m->free_count++] =
        (uint32_t)((size_t)((uint8_t *)page - m->arena) / ALTP2M_PAGE_SIZE);
}

static void want_attention(struct cpu *c)
{
    __atomic_store_n(&c->attention, true, __ATOMIC_SEQ_CST);
}

/* Until the CPU has left the guest. */
static void kick(struct cpu *c)
{
    want_attention(c);
    while (__atomic_load_n(&c->in_guest, __ATOMIC_SEQ_CST)) {
        __atomic_store_n(&c->kicked, true, __ATOMIC_SEQ_CST);
        sched_yield();
    }
}

static void flush(void *context, uint64_t eptp)
{
    struct machine *m = context;

    for (unsigned int i = 0; i < m->running; i++) {
        struct cpu *c = &m->cpus[i];

        c->stale = !c->stale || c->stale == eptp ? eptp : ALTP2M_EPTP_ALL;
        kick(c);
    }
}

static void vcpu_changed(void *context, struct altp2m_vcpu *vcpu)
{
    struct machine *m = context;
    struct cpu *c = &m->cpus[vcpu->id];

    if (vcpu->id >= m->running)
        return;
    c->reload = true;
    kick(c);
}

static void quiesce(void *context)
{
    struct machine *m = context;

    for (unsigned int i = 0; i < m->running; i++)
        kick(&m->cpus[i]);
    for (unsigned int i = 0; m->running && i < CPUS; i++)
        m->views[i] = m->vcpus[i].view;
}

/* Frames that are not the guest's, among those that operations map. */
static const struct altp2m_frames kept[] = {{0x1000, 0x3000, false}, {0x8010, 0xa000, false}};

static bool is_kept(uint64_t mfn)
{
    return (mfn >= kept[0].first && mfn < kept[0].end) ||
           (mfn >= kept[1].first && mfn < kept[1].end);
}

void machine_init(struct machine *m, enum altp2m_format format)
{
    struct altp2m_config config = {
        .mode = ALTP2M_MODE_EXTERNAL,
        .format = format,
        .view_count = 8,
        .gfn_bits = GFN_BITS,
        .has_2m = true,
        .has_exec_only = format == ALTP2M_FORMAT_EPT,
        .domid = 1,
        .vcpus = m->vcpus,
        .vcpu_count = CPUS,
        .kept = kept,
        .kept_count = sizeof(kept) / sizeof(kept[0]),
    };
    struct altp2m_host host = {
        .context = m,
        .page_alloc = page_alloc,
        .page_free = page_free,
        .flush = flush,
        .vcpu_changed = vcpu_changed,
        .quiesce = quiesce,
    };
    struct altp2m_mapping ram = {
        .mfn = 0x4000, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

    memset(m, 0, sizeof(*m));
    m->arena = aligned_alloc(ALTP2M_PAGE_SIZE, (size_t)PAGES * ALTP2M_PAGE_SIZE);
    if (!m->arena)
        sim_fail("the test itself is out of memory");
    memset(m->arena, FREED, (size_t)PAGES * ALTP2M_PAGE_SIZE);
    for (; m->free_count < PAGES; m->free_count++)
        m->free_pages[m->free_count] = m->free_count;
    /* Physical memory begins at 4 KiB: so no root is at 0, and every page is within 52 bits. */
    host.direct_map = (uintptr_t)m->arena - ALTP2M_PAGE_SIZE;
    if (altp2m_domain_init(&m->domain, &host, &config) || altp2m_host_map(&m->domain, 0, GFNS, ram))
        sim_fail("the domain can't be made");
    altp2m_set_active(&m->domain, true);
}

void machine_free(struct machine *m)
{
    altp2m_domain_free(&m->domain);
    if (m->free_count != PAGES)
        sim_fail("%u pages were never given back", PAGES - m->free_count);
    free(m->arena);
}

/* The CPU's side. */

static void use(const struct cpu *c, uint64_t entry)
{
    if (entry == FREED * ALL_OF || entry == FRESH * ALL_OF)
        sim_fail("CPU %u walks through a page that has been given back", c->id);
}

static const uint64_t *table_at(const struct cpu *c, uint64_t entry)
{
    const struct altp2m_domain *d = &c->machine->domain;

    return (const uint64_t *)((entry & UINT64_C(0x000ffffffffff000)) + d->host.direct_map);
}

static uint64_t read_entry(const struct cpu *c, const uint64_t *table, uint64_t index)
{
    uint64_t entry = __atomic_load_n(&table[index & 511], __ATOMIC_ACQUIRE);

    use(c, entry);
    return entry;
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
    return !level || (entry & 1U << 7);
}

static struct cached *slot_for(struct cpu *c, uint64_t gfn)
{
    return &c->cache[(gfn * 7 + c->eptp / ALTP2M_PAGE_SIZE) % CACHED];
}

/* SDM Vol. 3C 29.3.2, APM Vol. 2 5.3.3. */
static unsigned int rights_of(const struct cpu *c, uint64_t entry)
{
    if (c->machine->domain.config.format == ALTP2M_FORMAT_EPT)
        return entry & ALTP2M_RWX;
    return entry & ALTP2M_R ? (entry & 3) | (entry >> 63 ? 0 : ALTP2M_X) : 0;
}

/* The CPU caches the result. */
static void walk(struct cpu *c, uint64_t gfn)
{
    struct cached found = {.eptp = c->eptp, .gfn = gfn, .table = table_at(c, c->eptp)};
    uint64_t entry;

    found.rights = ALTP2M_RWX;
    for (unsigned int level = 3;; level--) {
        entry = read_entry(c, found.table, gfn >> (9 * level));
        found.rights &= rights_of(c, entry);
        if (!found.rights)
            return;
        if (is_leaf(entry, level)) {
            found.mfn = (entry & UINT64_C(0x000ffffffffff000)) >> ALTP2M_PAGE_SHIFT;
            found.mfn += level ? gfn & 511 : 0;
            if (is_kept(found.mfn))
                sim_fail("CPU %u reaches frame %#llx, which is not the guest's", c->id,
                         (unsigned long long)found.mfn);
            break;
        }
        found.table = table_at(c, entry);
    }
    *slot_for(c, gfn) = found;
    c->walks++;
}

/* From the cache: the translation itself, or the last table again. */
static void use_cached(struct cpu *c, uint64_t gfn)
{
    const struct cached *known = slot_for(c, gfn);

    if (known->eptp == c->eptp && known->gfn == gfn)
        read_entry(c, known->table, gfn);
    else
        walk(c, gfn);
}

static void vmfunc(struct cpu *c)
{
    const uint64_t *list = c->machine->vcpus[c->id].visible_list;
    uint64_t eptp = __atomic_load_n(&list[sim_random_below(&c->random, 8)], __ATOMIC_ACQUIRE);

    if (eptp == ~UINT64_C(0))
        return;
    c->eptp = eptp;
    c->vmfuncs++;
}

static void run_guest(struct cpu *c)
{
    unsigned int instructions = (unsigned int)sim_random_below(&c->random, 200);

    while (instructions-- && !__atomic_load_n(&c->kicked, __ATOMIC_ACQUIRE))
        if (sim_random_one_in(&c->random, 6))
            vmfunc(c);
        else
            use_cached(c, sim_random_below(&c->random, 16) * 67 % GFNS);
}

static void forget(struct cpu *c)
{
    for (unsigned int i = 0; c->stale && i < CACHED; i++)
        if (c->stale == ALTP2M_EPTP_ALL || c->cache[i].eptp == c->stale)
            c->cache[i].eptp = 0;
    c->stale = 0;
}

/* With the lock: entries that no flush has removed must be allowed, in an existing view. */
static void check_cache(const struct cpu *c)
{
    const struct altp2m_domain *d = &c->machine->domain;

    for (unsigned int i = 0; i < CACHED; i++) {
        const struct cached *k = &c->cache[i];
        unsigned int view = k->eptp ? altp2m_view_by_eptp(d, k->eptp) : 0;

        if (view == ALTP2M_MAX_VIEWS)
            sim_fail("CPU %u has cached translations of a view that is gone", c->id);
        struct altp2m_translation t = altp2m_translate(d, view, k->gfn);
        if (k->eptp && (t.to.mfn != k->mfn || k->rights & ~t.rights))
            sim_fail("CPU %u, view %u, gfn %#llx: cached mfn %#llx with rights %u, "
                     "but it is %#llx and %u: a flush is missing",
                     c->id, view, (unsigned long long)k->gfn, (unsigned long long)k->mfn, k->rights,
                     (unsigned long long)t.to.mfn, t.rights);
    }
}

static void heed(struct cpu *c)
{
    struct machine *m = c->machine;

    machine_lock(m);
    __atomic_store_n(&c->attention, false, __ATOMIC_SEQ_CST);
    if (c->reload)
        c->eptp = altp2m_view_eptp(&m->domain, m->vcpus[c->id].view);
    c->reload = false;
    forget(c);
    check_cache(c);
    machine_unlock(m);
    c->kicks++;
}

/* hypervisor/run/entry.c */
static void enter(struct cpu *c)
{
    for (;;) {
        __atomic_store_n(&c->in_guest, true, __ATOMIC_SEQ_CST);
        if (!__atomic_load_n(&c->attention, __ATOMIC_SEQ_CST))
            break;
        __atomic_store_n(&c->in_guest, false, __ATOMIC_RELEASE);
        heed(c);
    }
    __atomic_store_n(&c->kicked, false, __ATOMIC_SEQ_CST);
}

/* hypervisor/vmx/exit.c: it stores the view before others can see the CPU out of the guest. */
static void leave(struct cpu *c)
{
    struct machine *m = c->machine;

    m->vcpus[c->id].view = (uint16_t)altp2m_view_by_eptp(&m->domain, c->eptp);
    __atomic_store_n(&c->in_guest, false, __ATOMIC_SEQ_CST);
}

static void *cpu_main(void *argument)
{
    struct cpu *c = argument;

    while (!__atomic_load_n(&c->machine->over, __ATOMIC_ACQUIRE)) {
        enter(c);
        run_guest(c);
        leave(c);
        sched_yield(); /* there are more threads than processors */
    }
    return NULL;
}

void machine_run(struct machine *m, uint64_t seed)
{
    m->running = CPUS;
    for (unsigned int i = 0; i < CPUS; i++) {
        struct cpu *c = &m->cpus[i];

        c->machine = m;
        c->id = i;
        c->random = sim_random_seed(seed + i);
        c->eptp = altp2m_view_eptp(&m->domain, 0);
        if (pthread_create(&c->thread, NULL, cpu_main, c))
            sim_fail("no thread for CPU %u", i);
    }
}

void machine_stop(struct machine *m)
{
    __atomic_store_n(&m->over, true, __ATOMIC_RELEASE);
    for (unsigned int i = 0; i < CPUS; i++)
        pthread_join(m->cpus[i].thread, NULL);
    for (unsigned int i = 0; i < CPUS; i++) {
        struct cpu *c = &m->cpus[i];

        heed(c);
        if (!c->walks || !c->vmfuncs)
            sim_fail("CPU %u has done nothing", i);
    }
    m->running = 0;
}
