/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include <string.h>
#include <xen/memory.h>

#define GFN_BITS 36

static void *page_alloc(void *context)
{
    return pages_alloc(context);
}

static void page_free(void *context, void *page)
{
    pages_free(context, page);
}

/* The cost of a flush depends on the CPU: that of a VM exit, and the same for every design. */
static void flush(void *context, uint64_t eptp)
{
    (void)context;
    (void)eptp;
}

static void vcpu_changed(void *context, struct altp2m_vcpu *vcpu)
{
    (void)context;
    (void)vcpu;
}

/* Guest virtual addresses are this process's. */
static int guest_read(void *context, void *to, uint64_t from, size_t size)
{
    (void)context;
    memcpy(to, (const void *)(uintptr_t)from, size); /* NOLINT: the guest is this process */
    return 0;
}

static int guest_write(void *context, uint64_t to, const void *from, size_t size)
{
    (void)context;
    memcpy((void *)(uintptr_t)to, from, size); /* NOLINT: the guest is this process */
    return 0;
}

const struct altp2m_caller machine_caller = {.read = guest_read, .write = guest_write};

static void domain_start(struct machine *m)
{
    const struct altp2m_host host = {
        .context = &m->pages,
        .page_alloc = page_alloc,
        .page_free = page_free,
        .flush = flush,
        .vcpu_changed = vcpu_changed,
    };
    const struct altp2m_config config = {
        .mode = ALTP2M_MODE_MIXED,
        .view_count = ALTP2M_MAX_VIEWS,
        .gfn_bits = GFN_BITS,
        .has_2m = m->guest->superpages,
        .has_1g = m->guest->superpages,
        .has_exec_only = true,
        .has_ve = true,
        .vcpus = &m->vcpu,
        .vcpu_count = 1,
    };
    const struct altp2m_mapping ram = {
        .mfn = 0, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};

    if (altp2m_domain_init(&m->domain, &host, &config) ||
        altp2m_host_map(&m->domain, 0, m->guest->pages, ram))
        die("no domain for a guest of %s", m->guest->name);
}

void machine_start(struct machine *m, const struct guest *guest, unsigned int views)
{
    uint16_t view = 0;

    m->guest = guest;
    m->views = views;
    m->error = 0;
    domain_start(m);
    altp2m_set_active(&m->domain, true);
    for (unsigned int i = 1; i < views; i++)
        m->error |= altp2m_view_create(&m->domain, XENMEM_access_rwx, &view);
    m->view = view;
}

void machine_stop(struct machine *m)
{
    altp2m_domain_free(&m->domain);
    if (m->error)
        die("a call failed: %d", m->error);
    if (m->pages.used)
        die("%zu pages were not given back", m->pages.used);
}
