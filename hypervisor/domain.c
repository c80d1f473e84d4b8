/* SPDX-License-Identifier: BSD-2-Clause */
#include "domain.h"

#include "access/access.h"
#include "base/debug.h"
#include "base/log.h"
#include "base/string.h"
#include "debug/fault.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "monitor/monitor.h"
#include "vmx/exit.h"
#include "vmx/timer.h"
#include "vmx/vmx.h"
#include "xen/console.h"
#include "xen/face.h"

#include <altview/hvmop.h>
#include <xen/errno.h>

#define FOUR_GIB         (UINT64_C(1) << 32)
#define REACH_BITS_1G    39 /* how far device memory is mapped: 512 GiB in 1G pages */
#define REACH_BITS_2M    36
#define RANGE_RAM        1
#define GFN_BITS_MAX     36 /* four levels of EPT */
#define EPT_ADDRESS_BITS 48

/* What the engine asks of us. `context` is the domain. */

static void *alloc_page(void *context)
{
    (void)context;
    return pages_alloc();
}

static void free_page(void *context, void *page)
{
    (void)context;
    pages_free(page);
}

static void flush(void *context, uint64_t eptp)
{
    struct domain *domain = context;

    vmx_flush(&domain->vcpus[0], eptp);
}

static void vcpu_changed(void *context, struct altp2m_vcpu *altp2m)
{
    struct domain *domain = context;

    vmx_load_altp2m(&domain->vcpus[altp2m->id]);
}

uint64_t domain_exits(const struct vcpu *vcpu)
{
    uint64_t sum = 0;

    for (unsigned int reason = 0; reason < EXIT_REASONS; reason++) {
        sum += vcpu->exit_counts[reason];
    }
    return sum;
}

static int count_exits(void *context, unsigned int vcpu_id, uint32_t reason, uint64_t *count)
{
    const struct domain *domain = context;
    const struct vcpu *vcpu;

    if (vcpu_id >= DOMAIN_VCPUS || (reason >= EXIT_REASONS && reason != ALTVIEW_EXIT_ALL)) {
        return -XEN_EINVAL;
    }
    vcpu = &domain->vcpus[vcpu_id];
    *count = reason == ALTVIEW_EXIT_ALL ? domain_exits(vcpu) : vcpu->exit_counts[reason];
    return 0;
}

static void init_altp2m(struct domain *domain)
{
    const struct boot_info *boot = domain->boot;
    const struct altp2m_host host = {
        .context = domain,
        .direct_map = DIRECT_MAP,
        .page_alloc = alloc_page,
        .page_free = free_page,
        .flush = flush,
        .vcpu_changed = vcpu_changed,
        .exit_count = count_exits,
    };
    const struct altp2m_config config = {
        .mode = boot->options.mode,
        .view_count = boot->options.view_count,
        .gfn_bits = domain->gfn_bits,
        .has_2m = boot->cpu.ept_2m,
        .has_1g = boot->cpu.ept_1g,
        .has_exec_only = boot->cpu.execute_only,
        .has_ve = boot->cpu.ve,
        .access_required = boot->options.access_required,
        .domid = DOMAIN_ID,
        .vcpus = domain->altp2m_vcpus,
        .vcpu_count = DOMAIN_VCPUS,
    };

    if (altp2m_domain_init(&domain->altp2m, &host, &config)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the guest's views");
    }
}

/* The host p2m: the machine as it is, without us. */

static void map_identity(struct domain *domain, uint64_t from, uint64_t to, enum altp2m_type type)
{
    const struct altp2m_mapping mapping = {
        .mfn = PAGE_OF(from),
        .type = type,
        .memtype = type == ALTP2M_TYPE_RAM ? ALTP2M_MEMTYPE_WB : ALTP2M_MEMTYPE_UC,
    };

    if (from < to &&
        altp2m_host_map(&domain->altp2m, PAGE_OF(from), PAGE_OF(to) - PAGE_OF(from), mapping)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the guest's page tables");
    }
}

/* Device memory: whatever is not RAM, and not ours. */
static void map_devices(struct domain *domain, uint64_t from, uint64_t to)
{
    uint64_t own_start = domain->boot->own_start;
    uint64_t own_end = own_start + domain->boot->own_size;

    map_identity(domain, from, to < own_start ? to : own_start, ALTP2M_TYPE_MMIO);
    map_identity(domain, from > own_end ? from : own_end, to, ALTP2M_TYPE_MMIO);
}

static uint64_t ram_end(const struct boot_info *boot)
{
    uint64_t end = 0;

    for (unsigned int i = 0; i < boot->range_count; i++) {
        if (boot->ranges[i].type == RANGE_RAM) {
            end = boot->ranges[i].start + boot->ranges[i].size;
        }
    }
    return end;
}

/* How far up device memory is mapped. */
static uint64_t reach(const struct domain *domain)
{
    const struct boot_info *boot = domain->boot;
    unsigned int bits = boot->cpu.ept_1g ? REACH_BITS_1G : REACH_BITS_2M;
    uint64_t end = ram_end(boot) > FOUR_GIB ? ram_end(boot) : FOUR_GIB;
    uint64_t width = UINT64_C(1) << (domain->gfn_bits + ALTP2M_PAGE_SHIFT);

    end = end > UINT64_C(1) << bits ? end : UINT64_C(1) << bits;
    return (end < width ? end : width) & ~(uint64_t)(ALTP2M_PAGE_SIZE - 1);
}

/* Of a page that is RAM in part only, none is. */
static void build_p2m(struct domain *domain)
{
    const struct boot_info *boot = domain->boot;
    uint64_t at = 0, limit = reach(domain);

    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *range = &boot->ranges[i];
        uint64_t start = (range->start + ALTP2M_PAGE_SIZE - 1) & -(uint64_t)ALTP2M_PAGE_SIZE;
        uint64_t end = (range->start + range->size) & -(uint64_t)ALTP2M_PAGE_SIZE;

        if (range->type != RANGE_RAM || start >= end || start < at || end > limit) {
            continue;
        }
        map_devices(domain, at, start);
        map_identity(domain, start, end, ALTP2M_TYPE_RAM);
        at = end;
    }
    map_devices(domain, at, limit);
}

/* The memory of a guest that makes a hypercall. `context` is the vCPU. */

static int read_guest(void *context, void *to, uint64_t from, size_t size)
{
    return guest_copy_in(context, to, from, size);
}

static int write_guest(void *context, uint64_t to, const void *from, size_t size)
{
    return guest_copy_out(context, to, from, size);
}

static void init_vcpu(struct domain *domain, unsigned int id)
{
    struct vcpu *vcpu = &domain->vcpus[id];

    vcpu->domain = domain;
    vcpu->altp2m = &domain->altp2m_vcpus[id];
    vcpu->as_caller = (struct altp2m_caller){
        .vcpu = vcpu->altp2m,
        .context = vcpu,
        .read = read_guest,
        .write = write_guest,
    };
    for (unsigned int i = 0; i < PATH_SLOTS; i++) {
        vcpu->path_store[i].untried = ~0U;
        vcpu->paths[i] = &vcpu->path_store[i];
    }
    vcpu->calm = 1;
    vcpu->cache.epoch = 1; /* the empty slots' 0 is of the past */
    vcpu->step_page = pages_alloc();
    if (!vcpu->step_page) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the virtual CPU's pages");
    }
    vmx_enable(vcpu);
}

static unsigned int gfn_bits(const struct boot_info *boot)
{
    unsigned int bits = boot->cpu.physical_bits - ALTP2M_PAGE_SHIFT;

    return bits < GFN_BITS_MAX ? bits : GFN_BITS_MAX;
}

static struct domain *new_domain(void)
{
    struct domain *domain =
        pages_reserve((sizeof(*domain) + ALTP2M_PAGE_SIZE - 1) >> ALTP2M_PAGE_SHIFT);

    if (!domain) {
        machine_end(STATUS_NO_MEMORY, "too little memory for the guest domain; give the machine "
                                      "more");
    }
    return domain;
}

void domain_start(const struct boot_info *boot, const struct guest_entry *entry)
{
    struct domain *domain = new_domain(); /* reached through the vCPUs only */
    struct vcpu *vcpu = &domain->vcpus[0];

    domain->boot = boot;
    domain->gfn_bits = gfn_bits(boot);
    init_vcpu(domain, 0);
    init_altp2m(domain);
    build_p2m(domain);
    xen_init(domain);
    console_init();
    monitor_init(domain);
    vmx_build_vmcs(vcpu, entry);
    timer_init(vcpu);
    vmx_load_altp2m(vcpu);
    vcpu->handlers = selftest_prepare(vcpu, entry->eip);
    if (DEBUG_BUILD) {
        paging_check();
        debug_fault(FAULT_AT_START, vcpu);
    }
    pages_limit(boot->options.pool);
    log_line("starting the guest at 0x%x", entry->eip);
    vmx_launch(vcpu);
}
