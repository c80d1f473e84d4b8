/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/domain.h"

#include "base/debug.h"
#include "base/index.h"
#include "base/log.h"
#include "core/kick.h"
#include "core/life.h"
#include "core/start.h"
#include "core/vcpu_view.h"
#include "core/vendor.h"
#include "debug/fault.h"
#include "debug/window.h"
#include "memory/map.h"
#include "memory/own.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "memory/reach.h"
#include "port/console_uart.h"
#include "port/monitor.h"
#include "run/bell.h"
#include "run/cpus.h"
#include "run/entry.h"
#include "x86/apic.h"
#include "x86/x86.h"
#include "xen/face.h"
#include "xen/physmap.h"

#include <altview/hvmop.h>
#include <xen/errno.h>

#define GFN_BITS_MAX 36 /* four levels */

/* The functions that the engine calls. `context` is the domain. */

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
    kick_flush(context, eptp);
}

/* The vCPU's own CPU loads the changes, before the vCPU runs on. */
static void vcpu_changed(void *context, struct altp2m_vcpu *altp2m)
{
    struct domain *domain = context;
    struct vcpu *vcpu = domain->vcpus[altp2m->id];

    domain_check_owner(domain);
    if (vcpu == domain->owner) {
        vcpu_load_view(vcpu);
        return;
    }
    vcpu->reload = true;
    kick_one(vcpu);
}

/* The engine calls these in the debug build only. */

static void published(void *context)
{
    (void)context;
    window_open();
}

/* The frame to which an entry leads must have the entry's type, and must not be one that the guest
 * has given back. */
static void reached(void *context, struct altp2m_mapping to)
{
    static const enum frame_owner owners[] = {
        [ALTP2M_TYPE_RAM] = FRAME_GUEST,
        [ALTP2M_TYPE_SPECIAL] = FRAME_SHOWN,
        [ALTP2M_TYPE_MMIO] = FRAME_DEVICE,
    };
    const struct domain *domain = context;
    enum frame_owner owner = frames_owner(&domain->frames, to.mfn);

    if (owner != owners[to.type] || frame_set_has(&domain->xen.free, to.mfn)) {
        panic("an EPT entry of type %u leads to frame 0x%lx, which is %s", to.type, to.mfn,
              frame_set_has(&domain->xen.free, to.mfn) ? "nobody's" : frames_owner_name(owner));
    }
}

static void quiesce(void *context)
{
    kick_all(context);
}

static int count_exits(void *context, unsigned int vcpu_id, uint32_t reason, uint64_t *count)
{
    const struct domain *domain = context;
    const struct vcpu *vcpu;
    size_t id = vcpu_id, slot = reason;

    if (!index_clamp(&id, domain->vcpu_count) ||
        (!index_clamp(&slot, EXIT_REASONS) && reason != ALTVIEW_EXIT_ALL)) {
        return -XEN_EINVAL;
    }
    vcpu = domain->vcpus[id];
    *count = reason == ALTVIEW_EXIT_ALL ? domain_exits(vcpu) : vcpu->exit_counts[slot];
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
        .quiesce = quiesce,
        .published = published,
        .reached = reached,
        .exit_count = count_exits,
    };
    struct altp2m_config config = {
        .mode = boot->options.mode,
        .view_count = boot->options.view_count,
        .gfn_bits = domain->gfn_bits,
        .access_required = boot->options.access_required,
        .domid = DOMAIN_ID,
        .vcpus = domain->altp2m_vcpus,
        .vcpu_count = domain->vcpu_count,
        .kept = domain->kept,
        .kept_count = frames_kept(&domain->frames, domain->kept),
    };

    vendor_shape(&config, &boot->cpu);
    if (altp2m_domain_init(&domain->altp2m, &host, &config)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the guest's views");
    }
}

/* The host p2m: the machine's memory without altview's. */

static void map_identity(struct domain *domain, uint64_t first, uint64_t end, enum altp2m_type type)
{
    const struct altp2m_mapping mapping = {
        .mfn = first,
        .type = type,
        .memtype = type == ALTP2M_TYPE_RAM ? ALTP2M_MEMTYPE_WB : ALTP2M_MEMTYPE_UC,
    };

    if (altp2m_host_map(&domain->altp2m, first, end - first, mapping)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the guest's page tables");
    }
}

/*
 * The range where CPUs and chipsets take stores for interrupt messages (SDM Vol. 3A 11.11.1).
 * After the local APIC's own page no device answers reads, and a store could send INIT.
 */
static void leave_out_messages(struct domain *domain)
{
    if (altp2m_host_unmap(&domain->altp2m, PAGE_OF(APIC_DEFAULT) + 1,
                          PAGE_OF(APIC_MESSAGES_END - APIC_DEFAULT) - 1)) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the guest's page tables");
    }
}

static unsigned int device_bits(const struct boot_info *boot, unsigned int most)
{
    struct altp2m_config config = {.gfn_bits = 0};

    vendor_shape(&config, &boot->cpu);
    return reach_bits(most, config.has_2m, config.has_1g, pages_available());
}

/* The limit up to which device memory is mapped. */
static uint64_t reach(const struct domain *domain)
{
    const struct boot_info *boot = domain->boot;
    unsigned int width = domain->gfn_bits + ALTP2M_PAGE_SHIFT;
    unsigned int most = width < boot->options.reach ? width : boot->options.reach;
    uint64_t devices = UINT64_C(1) << device_bits(boot, most), all = UINT64_C(1) << width,
             end = map_ram_end(boot);

    end = end > devices ? end : devices;
    return (end < all ? end : all) & ~(uint64_t)(ALTP2M_PAGE_SIZE - 1);
}

static void build_p2m(struct domain *domain)
{
    static const enum altp2m_type types[FRAME_OWNERS] = {
        [FRAME_DEVICE] = ALTP2M_TYPE_MMIO,
        [FRAME_GUEST] = ALTP2M_TYPE_RAM,
    };

    for (unsigned int i = 0; i < domain->frames.count; i++) {
        const struct frame_range *r = &domain->frames.ranges[i];

        if (types[r->owner] != ALTP2M_TYPE_NONE) {
            map_identity(domain, r->first, r->end, types[r->owner]);
        }
    }
    leave_out_messages(domain);
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

/* The two rings, the pages that the guest places itself, and for each vCPU the page that replaces a
 * hole. */
#define SHOWN_PAGES (2 + XEN_PAGES)

static void sort_frames(struct domain *domain)
{
    unsigned int pages = SHOWN_PAGES + domain->vcpu_count;
    const void *shown = pages_reserve(pages);

    if (!shown) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the pages shared with the guest; give "
                                      "the machine more");
    }
    domain->shown = (struct extent){phys_of(shown), (uint64_t)pages << ALTP2M_PAGE_SHIFT};
    frames_fill(&domain->frames, domain->boot, domain->shown, PAGE_OF(reach(domain)));
}

/* Set up the prerequisites of the engine and the host p2m. The first vCPU holds the lock. */
static struct vcpu *begin(struct domain *domain, const struct boot_info *boot)
{
    domain->boot = boot;
    domain->gfn_bits = gfn_bits(boot);
    domain->lock.rank = LOCK_DOMAIN;
    domain->vcpu_count = boot->cpu_count;
    sort_frames(domain);
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        domain->vcpus[i] = vcpu_new(domain, i);
        vendor_serve_exits(domain->vcpus[i]);
    }
    domain->root = read_cr3();
    domain->pat = rdmsr(MSR_IA32_PAT);
    domain->owner = domain->vcpus[0];
    exceptions_tell_nmis(event_nmi_in_root);
    vendor_enable(&boot->cpu, domain->vcpus[0]->root_page);
    debug_fault(FAULT_IN_DOMAIN, domain->vcpus[0]);
    return domain->vcpus[0];
}

/* The guest's first vCPU. Other CPUs start their vCPUs when they arrive (run/cpus.c). */
static void prepare_first(struct vcpu *vcpu, const struct guest_entry *entry)
{
    vendor_build(vcpu);
    start_fill_first(&vcpu->start, entry);
    start_load(vcpu, &vcpu->start);
    vcpu_load_view(vcpu);
    selftest_prepare(vcpu, entry->eip);
}

/* The other CPUs have arrived, and take the lock. */
static void watch_with_lock(struct vcpu *vcpu)
{
    domain_lock(vcpu);
    life_watch(vcpu->domain);
    bell_start(vcpu->domain);
    domain_unlock(vcpu);
}

void domain_start(const struct boot_info *boot, const struct guest_entry *entry)
{
    struct domain *domain = new_domain(); /* reached through the vCPUs only */
    struct vcpu *vcpu = begin(domain, boot);

    init_altp2m(domain);
    build_p2m(domain);
    vendor_share(domain);
    physmap_init(domain);
    xen_init(domain, entry);
    console_init();
    monitor_init(domain);
    life_begin(domain);
    prepare_first(vcpu, entry);
    if (DEBUG_BUILD) {
        paging_check(boot);
        debug_fault(FAULT_AT_START, vcpu);
    }
    cpus_begin(domain);
    watch_with_lock(vcpu);
    pages_limit(boot->options.pool);
    log_line("starting the guest at 0x%x", entry->eip);
    vcpu->host_stack = (uint64_t)__builtin_frame_address(0) & ~UINT64_C(15);
    entry_first(vcpu);
}
