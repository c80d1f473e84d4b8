/* SPDX-License-Identifier: BSD-2-Clause */
/* The one guest domain. */
#ifndef CORE_DOMAIN_H
#define CORE_DOMAIN_H

#include "boot/boot.h"
#include "control/ring.h"
#include "core/feature.h"
#include "core/lock.h"
#include "core/vcpu.h"
#include "loader/guest.h"
#include "memory/frame_set.h"
#include "memory/frames.h"
#include "x86/hpet.h"
#include "x86/trampoline.h"

#include <altview/altp2m.h>
#include <altview/control.h>

#define DOMAIN_ID 1

#define XEN_PARAMS 39 /* HVM_NR_PARAMS of <xen/hvm/params.h> */

#define PAGE_OF(address) ((address) >> ALTP2M_PAGE_SHIFT)

/* Unknown hypercalls that the log has named: xen/unknown.c. */
#define XEN_UNKNOWN_TOLD 16
struct xen_unknown {
    unsigned int count; /* one more than there is room for: the log has said that too */
    struct xen_unknown_call {
        uint64_t number, operation;
    } calls[XEN_UNKNOWN_TOLD];
};

/* An event channel: EVTCHNSTAT_* of <xen/event_channel.h>. */
#define XEN_PORTS         1024 /* as many as xl lets a domain have */
#define XEN_PORT_RESERVED 0xff
#define XEN_CALLBACK_SET  0x100
struct xen_port {
    uint8_t state, vcpu;
    uint16_t domain, peer; /* its other end: domain and port; or peer is the VIRQ */
};

/* altview's pages that the guest may map at any gfn (XENMEM_add_to_physmap). */
#define XEN_GRANT_FRAMES 4
enum xen_page { XEN_SHARED_INFO, XEN_GRANT_TABLE, XEN_PAGES = XEN_GRANT_TABLE + XEN_GRANT_FRAMES };
struct xen_shown {
    uint64_t mfn, gfn;           /* ALTP2M_INVALID_GFN: nowhere */
    struct altp2m_mapping under; /* the device memory that it covers there, if it does */
};

/* The state of Xen's interface for a guest. Frame numbers: mfns of altview's pages. */
struct xen_state {
    bool hidden; /* the guest finds no Xen: neither CPUID leaves nor the hypercall page's MSR */
    uint64_t console_mfn, store_mfn;
    uint64_t console_gfn, store_gfn;
    struct xen_shown pages[XEN_PAGES];
    uint8_t *shared_info; /* altview's address of it; the guest writes there as well */
    bool narrow;          /* it is laid out for a 32-bit guest */
    uint64_t began;       /* TSC at which the guest's time is 0 */
    uint16_t callback;    /* the vector of all vCPUs' upcalls, and XEN_CALLBACK_SET */
    struct xen_port ports[XEN_PORTS];
    size_t ports_made;           /* those that Xen would know of by now */
    uint32_t store_left;         /* bytes of a request to the store that have not come yet */
    uint64_t params[XEN_PARAMS]; /* HVM_PARAM_* */
    struct frame_set free;       /* pages of RAM that the guest gave back: no gfn maps them */
    struct xen_unknown unknown;
    unsigned int console_vain; /* turns in a row in which the console's UART took nothing */
};

/* The control port: serial port 2, and from the peer's first byte there the rings. */
struct port {
    size_t start, end; /* of the bytes that the server would not take yet */
    uint8_t bytes[256];
    unsigned int quiet; /* polls of the port since the last byte */
    bool ringed;        /* there are rings */
    bool moved;         /* and the peer uses them */
    unsigned int held;  /* vCPUs that poll the port all the time */
    bool unsent;        /* atomic: the line did not take all that the server has to send */
    struct ring_reader in;
    struct ring_writer out;
};

/* CPUs of the machine that are not vCPUs stay in VMX operation for good: run/cpus.c. */
#define HARBOUR_BERTHS 4
struct berth;
struct harbour {
    struct arrivals arrivals;
    uint32_t served;                      /* of arrivals.came: now in VMX operation */
    uint32_t parked;                      /* of those, the CPUs that are not vCPUs */
    uint64_t here[BOOT_MAX_LISTED / 64];  /* of boot->apic_ids, a bit each */
    bool open;                            /* altview is making more berths */
    struct berth *berths[HARBOUR_BERTHS]; /* ready for the CPUs that come */
    uint32_t trampoline_root;             /* page tables */
};

#define IOAPIC_MAX_ENTRIES 240 /* the 82093AA's registers have 8-bit numbers */
struct ioapic_held {
    uint64_t entries[(IOAPIC_MAX_ENTRIES + 63) / 64]; /* masked by altview, a bit each */
};

/* Who rings at the control port: bell.h. */
enum bell_by { BELL_BY_NONE, BELL_BY_HUB, BELL_BY_TIMER };
struct bell {
    enum bell_by by;  /* constant, once the guest runs */
    bool keeps_time;  /* the HPET's timer rings, or can't, for the guest's timers, in addition to
                       * the hub */
    uint64_t ioapic;  /* where it is, */
    unsigned int pin; /* and the timer's pin of it */
    volatile uint32_t *hpet; /* its registers; NULL: its timer does not ring */
    struct hpet_alarm alarm; /* the first vCPU's own, and its NMI handler's */
};

/* The result of the last check whether the machine stands still: run/still.h. */
struct stillness {
    uint64_t looked; /* TSC */
    uint64_t nmis;   /* of the guest's, until then */
    bool found;      /* then no vCPU could run */
};

struct domain {
    struct altp2m_domain altp2m;
    struct lock lock;
    struct vcpu *owner; /* the vCPU that holds the lock, or held it last */
    struct vcpu *vcpus[BOOT_MAX_CPUS];
    unsigned int vcpu_count;
    struct altp2m_vcpu altp2m_vcpus[BOOT_MAX_CPUS];
    bool watches;      /* altview watches for INIT and SIPI: watch.h */
    bool cpus_outside; /* a CPU is, or may get, out of altview's control: by INIT, where that causes
                        * no exit */
    bool told_logical; /* the log has an INIT or SIPI to no CPU */
    bool told_ioapic;  /* the log has an I/O APIC's entry that would send one */
    bool told_bell;    /* the log has a write to the bell's entry */
    bool writes_output_port; /* how the 8042 takes the next byte of data: run/ports.c */
    struct harbour harbour;
    struct ioapic_held ioapics_held[BOOT_MAX_IOAPICS];
    const struct cpu_tables *ended_by;  /* the CPU that ends the machine: others stop */
    uint64_t root, pat;                 /* the root mode page tables of every CPU */
    uint64_t nothing_eptp;              /* maps nothing, and raises no #VE */
    uint64_t io_bitmaps[2], msr_bitmap; /* of all vCPUs; physical addresses */
    const struct boot_info *boot;
    struct frames frames;                /* the owner of each frame */
    struct altp2m_frames kept[KEPT_MAX]; /* of that, altview's */
    struct extent shown;                 /* altview's pages that the guest may see */
    unsigned int shown_used;
    unsigned int gfn_bits;
    struct control *control;                     /* requests and events of the monitor outside */
    uint64_t watched[ALTVIEW_CONTROL_REGISTERS]; /* lock: control_host.watch has set them */
    struct port port;
    struct feature_face face; /* the guest's view of the CPU's features */
    struct xen_state xen;
    struct stillness still;
    struct bell bell;
};

/* The control server has something to send that the line did not take at the last poll. Needs no
 * lock. */
static inline bool domain_has_unsent(const struct domain *domain)
{
    return __atomic_load_n(&domain->port.unsent, __ATOMIC_SEQ_CST);
}

/* kick.c: wait in the queue for the lock, and meanwhile meet other vCPUs' demands. */
void domain_wait(struct vcpu *vcpu, uint32_t ticket);

/* The same in two parts, for exits. Take a place in the queue. If it is this vCPU's turn, it has
 * the lock. Else call domain_wait, which returns at its turn. */
static inline uint32_t domain_queue(struct domain *domain)
{
    lock_check_take(&domain->lock);
    return lock_queue(&domain->lock);
}

static inline bool domain_is_free(struct domain *domain, struct vcpu *vcpu, uint32_t ticket)
{
    if (!lock_is_served(&domain->lock, ticket)) {
        return false;
    }
    domain->owner = vcpu;
    return true;
}

/* Only the CPU that holds the lock may touch shared state. */
static inline void domain_lock(struct vcpu *vcpu)
{
    uint32_t ticket = domain_queue(vcpu->domain);

    if (!domain_is_free(vcpu->domain, vcpu, ticket)) {
        domain_wait(vcpu, ticket);
        vcpu->domain->owner = vcpu;
    }
}

static inline void domain_unlock(struct vcpu *vcpu)
{
    lock_release(&vcpu->domain->lock);
}

/* A zeroed page of altview's for the guest to see: the engine allows mapping it, as special RAM.
 * There is one for each purpose. Call it at start. */
void *domain_shown_page(struct domain *domain);

/* Debug builds: the engine runs on the CPU of the vCPU that holds the lock, where its VMCS is. */
void domain_check_owner(const struct domain *domain);

/* All VM exits of a vCPU so far. */
uint64_t domain_exits(const struct vcpu *vcpu);

/* Build host p2m, vCPUs and VMCSs, and run the guest. */
__attribute__((noreturn)) void domain_start(const struct boot_info *boot,
                                            const struct guest_entry *entry);

#endif
