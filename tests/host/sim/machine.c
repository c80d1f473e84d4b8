/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/machine.h"

#include "sim/fail.h"

#include <stdlib.h>
#include <string.h>
#include <xen/errno.h>

/* During callbacks, the number of visible views and of other samples that the CPUs check. */
#define GLANCE_VIEWS   4
#define GLANCE_SAMPLES 2

#define INVALID (~UINT64_C(0)) /* in a list */

const uint64_t *sim_machine_visible_list(const struct sim_machine *s, unsigned int vcpu)
{
    uint64_t address = altp2m_visible_list_address(&s->domain, &s->vcpus[vcpu]);

    return sim_memory_table(&s->memory, sim_memory_page_at(&s->memory, address));
}

bool sim_machine_steps(const struct sim_machine *s, unsigned int vcpu)
{
    return s->loaded_eptp[vcpu] == altp2m_step_eptp(&s->domain, &s->vcpus[vcpu]);
}

static void load(struct sim_machine *s, unsigned int vcpu, uint64_t eptp)
{
    if (sim_machine_steps(s, vcpu))
        sim_tlb_rest(&s->tlb, s->loaded_eptp[vcpu]);
    s->loaded_eptp[vcpu] = eptp;
}

void sim_machine_step(struct sim_machine *s, unsigned int vcpu)
{
    uint64_t eptp = altp2m_step_eptp(&s->domain, &s->vcpus[vcpu]);

    sim_tlb_wake(&s->tlb, eptp);
    load(s, vcpu, eptp);
}

static void leave_step(struct sim_machine *s, unsigned int vcpu)
{
    if (sim_machine_steps(s, vcpu))
        load(s, vcpu, altp2m_view_eptp(&s->domain, s->vcpus[vcpu].view));
}

bool sim_machine_vmfunc(struct sim_machine *s, unsigned int vcpu, unsigned int index)
{
    uint64_t eptp = index < ALTP2M_ENTRIES ? sim_machine_visible_list(s, vcpu)[index] : INVALID;

    if (eptp == INVALID)
        return false;
    load(s, vcpu, eptp);
    s->strayed[vcpu] = true;
    return true;
}

unsigned int sim_machine_view(const struct sim_machine *s, unsigned int vcpu)
{
    return sim_machine_steps(s, vcpu) ? s->vcpus[vcpu].view
                                      : altp2m_view_by_eptp(&s->domain, s->loaded_eptp[vcpu]);
}

void sim_machine_exit(struct sim_machine *s, unsigned int vcpu)
{
    if (s->strayed[vcpu])
        altp2m_vcpu_moved(&s->vcpus[vcpu], sim_machine_view(s, vcpu));
    s->strayed[vcpu] = false;
    leave_step(s, vcpu);
}

static void glance_at(struct sim_machine *s, uint64_t eptp)
{
    for (unsigned int i = 0; i < s->touched_count; i++)
        sim_tlb_walk(&s->tlb, eptp, s->touched[i]);
    for (unsigned int i = 0; i < GLANCE_SAMPLES; i++)
        sim_tlb_walk(&s->tlb, eptp, (unsigned int)sim_random_below(&s->random, s->gfns.count));
}

/* The CPUs run on: each under its own EPTP, and under one that it may reach with VMFUNC. */
static void cpus_run(struct sim_machine *s)
{
    const uint64_t *visible;

    if (!s->busy)
        return;
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        glance_at(s, s->loaded_eptp[i]);
    visible = sim_machine_visible_list(s, (unsigned int)sim_random_below(&s->random, SIM_VCPUS));
    for (unsigned int i = 0; i < GLANCE_VIEWS; i++) {
        uint64_t eptp = visible[sim_random_below(&s->random, s->domain.config.view_count)];

        if (eptp != INVALID)
            glance_at(s, eptp);
    }
}

static void *page_alloc(void *context)
{
    struct sim_machine *s = context;

    cpus_run(s);
    return sim_memory_alloc(&s->memory);
}

static void check_not_loaded(const struct sim_machine *s, uint32_t page)
{
    for (unsigned int i = 0; s->busy && i < SIM_VCPUS; i++)
        if (sim_tables_root(&s->tables, s->loaded_eptp[i]) == page)
            sim_fail("page %u is freed while vCPU %u runs on it", page, i);
}

static void page_free(void *context, void *address)
{
    struct sim_machine *s = context;
    uint32_t page = sim_memory_page_of(&s->memory, address);

    cpus_run(s);
    check_not_loaded(s, page);
    sim_tlb_page_freed(&s->tlb, page);
    sim_memory_free(&s->memory, address);
}

/* A CPU that steps has a copy of the view: a flush for the view makes it exit. */
static void flush(void *context, uint64_t eptp)
{
    struct sim_machine *s = context;

    s->flushes++;
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        if (eptp == ALTP2M_EPTP_ALL || eptp == altp2m_view_eptp(&s->domain, s->vcpus[i].view))
            leave_step(s, i);
    sim_tlb_flush(&s->tlb, eptp);
    cpus_run(s);
}

/* A vCPU takes over the engine's state for it. */
static void vcpu_loads(struct sim_machine *s, const struct altp2m_vcpu *vcpu)
{
    load(s, vcpu->id, altp2m_view_eptp(&s->domain, vcpu->view));
    s->loaded_vmfunc[vcpu->id] = vcpu->vmfunc;
    s->loaded_notify[vcpu->id] = vcpu->notify_mfn;
}

static void vcpu_changed(void *context, struct altp2m_vcpu *vcpu)
{
    struct sim_machine *s = context;

    if (vcpu->id >= SIM_VCPUS || vcpu != &s->vcpus[vcpu->id])
        sim_fail("vcpu_changed for something that is no vCPU");
    if (s->strayed[vcpu->id])
        sim_fail("vCPU %u is changed while it runs in another view than is known", vcpu->id);
    s->changes++;
    vcpu_loads(s, vcpu);
    cpus_run(s);
}

static void quiesce(void *context)
{
    struct sim_machine *s = context;

    s->quiesces++;
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        sim_machine_exit(s, i);
}

static int guest_read(void *context, void *to, uint64_t from, size_t size)
{
    struct sim_machine *s = context;

    return sim_guest_read(&s->guest, to, from, size);
}

static int guest_write(void *context, uint64_t to, const void *from, size_t size)
{
    struct sim_machine *s = context;

    return sim_guest_write(&s->guest, to, from, size);
}

/* A recognizable number, and the error the header promises. */
static int exit_count(void *context, unsigned int vcpu_id, uint32_t reason, uint64_t *count)
{
    (void)context;
    if (vcpu_id >= SIM_VCPUS || (reason > 69 && reason != UINT32_MAX))
        return -XEN_EINVAL;
    *count = UINT64_C(0x100000000) * vcpu_id + reason;
    return 0;
}

struct altp2m_host sim_machine_host(struct sim_machine *s)
{
    return (struct altp2m_host){
        .context = s,
        .direct_map = sim_memory_direct_map(&s->memory),
        .page_alloc = page_alloc,
        .page_free = page_free,
        .flush = flush,
        .vcpu_changed = vcpu_changed,
        .quiesce = quiesce,
        .exit_count = exit_count,
    };
}

struct altp2m_caller sim_machine_caller(struct sim_machine *s)
{
    return (struct altp2m_caller){
        .vcpu = &s->vcpus[0], .context = s, .read = guest_read, .write = guest_write};
}

const struct altp2m_frames sim_kept[SIM_KEPT] = {
    {0x3000005, 0x3000006, false}, {0x3000006, 0x3000007, true},  {0x3000007, 0x3000009, false},
    {0x3000200, 0x3000400, false}, {0x3040000, 0x3080000, false}, {0x3080101, 0x3080102, true},
};

bool sim_machine_is_npt(void)
{
    const char *format = getenv("ALTVIEW_FORMAT");

    return format && !strcmp(format, "npt");
}

void sim_machine_use_npt(struct altp2m_config *config)
{
    config->format = ALTP2M_FORMAT_NPT;
    config->has_exec_only = false;
    config->has_ve = false;
}

struct altp2m_config sim_machine_config(struct sim_machine *s)
{
    struct altp2m_config config = {
        .mode = ALTP2M_MODE_MIXED,
        .view_count = 10,
        .gfn_bits = SIM_GFN_BITS,
        .has_2m = true,
        .has_1g = true,
        .has_exec_only = true,
        .has_ve = true,
        .domid = 1,
        .vcpus = s->vcpus,
        .vcpu_count = SIM_VCPUS,
        .kept = sim_kept,
        .kept_count = SIM_KEPT,
    };

    if (sim_machine_is_npt())
        sim_machine_use_npt(&config);
    return config;
}

void sim_machine_init(struct sim_machine *s, uint32_t pages)
{
    memset(s, 0, sizeof(*s));
    sim_memory_init(&s->memory, pages);
    sim_gfns_init(&s->gfns);
    s->tables = (struct sim_tables){
        .memory = &s->memory, .has_2m = true, .has_1g = true, .has_exec_only = true};
    sim_tlb_init(&s->tlb, &s->tables, &s->gfns);
    s->random = sim_random_seed(pages);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        s->vcpus[i] = (struct altp2m_vcpu){
            .id = i, .notify_gfn = ALTP2M_INVALID_GFN, .notify_mfn = ALTP2M_INVALID_MFN};
}

void sim_machine_start(struct sim_machine *s, const struct altp2m_config *config)
{
    struct altp2m_host host = sim_machine_host(s);
    int rc;

    s->tables.format = config->format;
    s->tables.has_2m = config->has_2m;
    s->tables.has_1g = config->has_1g;
    s->tables.has_exec_only = config->has_exec_only;
    s->tables.kept = config->kept;
    s->tables.kept_count = config->kept_count;
    rc = altp2m_domain_init(&s->domain, &host, config);
    if (rc)
        sim_fail("altp2m_domain_init: %d", rc);
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        vcpu_loads(s, &s->vcpus[i]);
    s->busy = true;
}

void sim_machine_fini(struct sim_machine *s)
{
    /* The guest has gone: no CPU walks any more, and none uses its cached entries again. */
    s->busy = false;
    sim_tlb_flush(&s->tlb, ALTP2M_EPTP_ALL);
    altp2m_domain_free(&s->domain);
    sim_tlb_fini(&s->tlb);
    sim_memory_fini(&s->memory);
}

void sim_machine_touch(struct sim_machine *s, const uint16_t *samples, unsigned int count)
{
    s->touched_count = count < SIM_MAX_TOUCHED ? count : SIM_MAX_TOUCHED;
    memcpy(s->touched, samples, s->touched_count * sizeof(*samples));
}

void sim_machine_check_vcpus(const struct sim_machine *s)
{
    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        const struct altp2m_vcpu *vcpu = &s->vcpus[i];
        unsigned int view = s->strayed[i] ? sim_machine_view(s, i) : vcpu->view;

        if (view >= ALTP2M_MAX_VIEWS)
            sim_fail("vCPU %u runs in a view that has gone", i);
        bool at_home = s->loaded_eptp[i] == altp2m_view_eptp(&s->domain, view);

        if (!(at_home || sim_machine_steps(s, i)) || s->loaded_vmfunc[i] != vcpu->vmfunc ||
            s->loaded_notify[i] != vcpu->notify_mfn)
            sim_fail("vCPU %u was changed and nobody told", i);
    }
}

/* A plausible number of pages with remaps, because the exact number is unknown outside the engine.
 * A single remap takes a page of nodes. After others at most two paths of five tables may be
 * left. */
static bool remap_pages_plausible(uint32_t pages, uint32_t remaps)
{
    return remaps ? pages >= 1 && pages <= remaps * 11 : pages == 0;
}

void sim_machine_check_pages(const struct sim_machine *s)
{
    const struct altp2m_domain *d = &s->domain;
    uint32_t pages = SIM_BOOKKEEPING_PAGES + d->base_pages, remaps = 0;

    pages += 1 + d->spare.count; /* and the page with their list */
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        pages += 1 + s->vcpus[i].step.page_count; /* and the page of loans */
    for (unsigned int i = 0; i < d->config.view_count; i++) {
        pages += d->views[i].table_pages; /* or the rest of them */
        remaps += d->views[i].remaps;
    }
    if (s->memory.used < pages || !remap_pages_plausible(s->memory.used - pages, remaps))
        sim_fail("%u pages in use: %u for tables and lists, the rest for %u remaps", s->memory.used,
                 pages, remaps);
}
