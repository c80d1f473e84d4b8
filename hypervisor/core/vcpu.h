/* SPDX-License-Identifier: BSD-2-Clause */
/* One virtual CPU, with all state of the physical CPU on which it runs. */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include "core/knocks.h"
#include "core/segment.h"
#include "vendor/vcpu.h"

#include <altview/altp2m.h>
#include <stdbool.h>
#include <stdint.h>

struct domain;
struct vcpu;

struct cpu_tables;

typedef void exit_handler(struct vcpu *vcpu);

/* The functions that serve exits of one reason: the handler, and the function that calls it with
 * the right locks and then enters the guest again. Both NULL: altview does not serve that exit. */
struct exit_row {
    exit_handler *handle;
    void (*serve)(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
};

/* The guest's registers, in the order in which instructions number them. RSP is in the VMCS. */
struct guest_registers {
    union {
        struct {
            uint64_t rax, rcx, rdx, rbx, unused_rsp, rbp, rsi, rdi;
            uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
        };
        uint64_t numbered[16];
    };
};

/* Control registers that define the guest's paging: read from the VMCS at most once an exit. */
struct guest_paging {
    uint64_t moment; /* vcpu->moment when they were read */
    uint64_t cr0, cr3, cr4, efer;
};

/*
 * The instruction that altview steps. An instruction can touch more than one page: each violation
 * at the same RIP adds a loan, and any other exit ends all loans.
 */
struct guest_step {
    bool active;
    bool looks, looked;    /* for an interrupt only; until this exit */
    bool was_away;         /* until altview has handled the exit that ended it: INT3 is the guest's
                          * own */
    bool every, running;   /* the monitor wants each instruction; altview has let one run for it */
    bool vmfunc_looked;    /* until altview has handled the exit that ended it: vmfunc_look has read
                         * the bytes */
    uint8_t vmfunc_length; /* and found a VMFUNC of this length, or 0 */
    unsigned int hops;     /* from view to view, within one instruction */
    uint64_t rip;
    uint64_t since; /* vcpu->moment when that instruction was let run */
};

/*
 * Translations of views, cached under the rules of a TLB. A flush of the current view, or of all,
 * starts an epoch. A flush of another view does so when the guest leaves the current one.
 */
#define CACHE_SLOTS 256
struct guest_cache {
    uint64_t stamp; /* the current EPT pointer, and from EPOCH_ONE on the epoch: vcpu_view.c */
    bool others_stale;
    struct guest_frame_slot {
        uint64_t address, stamp;
        uint8_t *host; /* the page in the direct map */
        uint64_t rights;
    } slots[CACHE_SLOTS];
};
#define EPOCH_ONE (UINT64_C(1) << 46) /* no root table is there: the direct map ends before */

/*
 * A successful walk through the guest's page tables. It is valid as long as the registers, the
 * views and the entries on its path are unchanged: reading those again is much cheaper than walking
 * again.
 */
#define WALK_LEVELS 4
struct guest_path {
    uint64_t page; /* linear address, without the offset; or GUEST_PATH_NONE */
    uint64_t cr0, cr3, cr4, efer;
    uint64_t stamp;       /* vcpu->cache.stamp */
    uint64_t moment;      /* vcpu->moment when it was last found valid */
    unsigned int untried; /* ALTP2M_R, ALTP2M_W: accesses for which it is not valid */
    unsigned int levels;
    const volatile uint64_t *entries[WALK_LEVELS]; /* in the direct map */
    uint64_t values[WALK_LEVELS];
    uint8_t *host;
};
#define PATH_SLOTS      16
#define CODE_PATHS      4
#define GUEST_PATH_NONE 1 /* no page begins there */

/* Whether a vCPU runs, and if not, for what it waits. Changes under the domain's lock. */
enum vcpu_life {
    LIFE_RUNS,
    LIFE_WAITS,     /* for a SIPI, or for VCPUOP_initialise and VCPUOP_up */
    LIFE_DOWN,      /* VCPUOP_down: for VCPUOP_up, or INIT and SIPI */
    LIFE_SHUT_DOWN, /* after a triple fault: for INIT and SIPI */
};

/* A vCPU's start state. State that is not here is 0 or unchanged. */
struct guest_start {
    struct guest_registers registers;
    uint64_t rip, rsp, rflags;
    uint64_t cr0, cr3, cr4, efer;
    uint64_t gdt;
    uint32_t table_limit; /* of GDTR and IDTR */
    struct segment_state segments[SEGMENTS];
};

/* A function to run on this vCPU's own CPU, where its VMCS is. */
struct vcpu_call {
    void (*function)(struct vcpu *vcpu, void *argument);
    void *argument;
    enum call_state { CALL_NONE, CALL_ASKED, CALL_TAKEN } state;
};

/* An access to the page of an APIC while altview watches for INIT and SIPI: watch.c. */
struct guest_apic_access {
    bool active, write;
    uint64_t gfn;
    unsigned int offset;
};

/* A hypercall in progress: xen/hypercall.h. */
struct hypercall {
    struct vcpu *vcpu;
    const struct hypercall_abi *abi;
};

/* Whether a monitor has set registers since the exit: then altview drops the exit. */
enum vcpu_rewritten { AS_IT_LEFT, REWRITTEN, RESTARTED };

/*
 * The state of Xen's interface for a vCPU (xen/events/upcall.h). Under the domain's lock.
 */
#define XEN_VIRQS 24 /* NR_VIRQS of <xen/xen.h> */
struct xen_vcpu {
    uint8_t *info;             /* vcpu_info, where the guest writes as well; NULL: it has none */
    uint64_t info_mfn;         /* the guest's page that holds it, or ALTP2M_INVALID_MFN */
    uint64_t deadline;         /* of its timer, on the TSC; 0: it is off */
    uint64_t polls_at;         /* RIP of a SCHEDOP_poll that waits; 0: none */
    uint16_t virqs[XEN_VIRQS]; /* the ports they are bound to; 0: none */
    uint8_t vector;            /* vector of its upcalls by the APIC; 0: it uses that of all vCPUs */
    bool upcall;               /* an upcall must be delivered before the next entry */
    bool window;               /* it waits until the guest takes interrupts */
    bool apic_off;             /* or until its APIC takes it */
};

/*
 * All is 0 at first, unless the comment says otherwise. The code that accesses a member:
 *
 *     constant   vcpu_new writes it; after that all CPUs only read it
 *     own        its own CPU alone, with the domain's lock or without
 *     lock       any CPU that holds the domain's lock; in kick_serve its own, for that CPU
 *     atomic     any CPU, by atomic operations: core/kick.h has the protocol
 */
struct vcpu {
    struct guest_registers registers; /* own: the exit path pushes them here */
    uint64_t host_stack;              /* constant: where the exit path goes on; it holds the vCPU */
    exit_handler *handle_exit;        /* constant: where exits go; vendor_serve_exits sets it */
    struct domain *domain;            /* constant */
    struct altp2m_vcpu *altp2m;       /* lock, the engine's part: current view, VMFUNC, #VE */
    struct hypercall hypercall;       /* own */
    struct altp2m_caller as_caller;   /* constant: the engine's caller for its hypercalls */
    uint64_t eptp; /* own: its view's when that was last refreshed; others read it with the lock */
    struct guest_paging paging; /* own */
    struct guest_step step;     /* own; others read `active` with the lock */
    struct guest_cache cache;   /* own; `stamp` begins as EPOCH_ONE */
    uint64_t address_reserved;  /* constant: bits of a guest physical address that there are not */
    struct guest_path path_store[PATH_SLOTS]; /* own; `page` begins as GUEST_PATH_NONE */
    struct guest_path *paths[PATH_SLOTS];     /* constant, by page number: quick to index */
    struct guest_path code_paths[CODE_PATHS]; /* own, the same for fetches: run/vmfunc.c */

    VENDOR_VCPU;        /* own; vendor_prepare fills it */
    bool com2_told;     /* lock: the log has said that the guest touched the hypervisor's port */
    bool fault_told;    /* lock: a triple fault of it has been reported; it may have many */
    uint8_t *step_page; /* constant: the page that replaces a hole */
    uint64_t root_page; /* constant, physical: the CPU's page for virtualization (VMXON) */

    unsigned int calm;  /* own, at first 1: exits until one takes the longer checks */
    uint64_t next_poll; /* own: the moment at which the control port is due */

    /* Other vCPUs' demands. They write under the domain's lock, and this vCPU checks before each
     * entry. */
    bool in_guest;        /* atomic: from before the entry until its view is known after the exit */
    bool attention;       /* atomic: check the other fields here before the next entry */
    bool reload;          /* lock: view, VMFUNC or #VE of `altp2m` have changed: vcpu_load_view */
    uint8_t rewritten;    /* own, enum vcpu_rewritten: since the exit */
    bool rung;            /* own, its NMI handler too: the control port must be polled */
    bool nmi_pending;     /* own, its NMI handler too: an NMI of the guest's that came while the
                           * hypervisor ran */
    bool nmi_wanted;      /* own: NMIs of the guest's for which the NMI window is open */
    bool absent;          /* atomic; altview does not control its CPU: cpus.c, kept_init.c */
    bool relaunch;        /* own: the next entry is by vendor_enter */
    uint64_t stale_eptp;  /* lock: forget this one's translations; ALTP2M_EPTP_ALL; 0: none */
    struct knocks knocks; /* atomic: kicks sent to it */
    struct vcpu_call call;    /* lock; `state` is atomic */
    enum vcpu_life life;      /* lock */
    bool initialised;         /* lock: it has registers to run with (Xen: v->is_initialised) */
    bool starts;              /* lock: with `start`, when it runs next */
    struct guest_start start; /* lock */
    struct guest_apic_access apic_access; /* own */
    struct xen_vcpu xen;                  /* lock */

    uint32_t apic_id;                   /* constant */
    const char *lacks;                  /* own, as it arrives: the features that its CPU lacks */
    void (*returns)(struct vcpu *vcpu); /* own: where its CPU goes on when it starts once more */
    struct cpu_tables *tables;          /* constant */
    uint64_t moment;    /* own: grows with each exit and each change that may affect translations */
    uint64_t halted_at; /* own: the moment when it was found halted with interrupts off, or 0 */
    uint64_t exit_counts[EXIT_REASONS]; /* own; others read them */
};

static inline bool vcpu_is_absent(const struct vcpu *vcpu)
{
    return __atomic_load_n(&vcpu->absent, __ATOMIC_ACQUIRE);
}

/* Make a vCPU with its stacks, tables and pages; none of them is in use yet. Ends the machine if
 * there is no memory. At start. */
struct vcpu *vcpu_new(struct domain *domain, unsigned int id);

#endif
