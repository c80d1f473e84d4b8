/* SPDX-License-Identifier: BSD-2-Clause */
/* One virtual CPU: everything that belongs to the physical CPU it runs on. */
#ifndef CORE_VCPU_H
#define CORE_VCPU_H

#include "core/segment.h"
#include "vmx/vcpu.h"

#include <altview/altp2m.h>
#include <stdbool.h>
#include <stdint.h>

struct domain;
struct vcpu;

struct cpu_tables;

typedef void exit_handler(struct vcpu *vcpu);

/* What serves exits of one reason: the handler, and the function that calls it, with the locks it
 * takes, and then enters the guest again. Both NULL: altview does not serve that exit. */
struct exit_row {
    exit_handler *handle;
    void (*serve)(struct vcpu *vcpu, uint64_t reason, exit_handler *handle);
};

/* The guest's registers, in the order instructions number them. RSP lives in the VMCS. */
struct guest_registers {
    union {
        struct {
            uint64_t rax, rcx, rdx, rbx, unused_rsp, rbp, rsi, rdi;
            uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
        };
        uint64_t numbered[16];
    };
};

/* Control registers that say how the guest pages: read from the VMCS at most once an exit. */
struct guest_paging {
    uint64_t moment; /* vcpu->moment when they were read */
    uint64_t cr0, cr3, cr4, efer;
};

/*
 * The one instruction that runs on its own. An instruction can touch more than one page: each
 * violation at the same RIP adds to what it is lent, any other exit takes all back.
 */
struct guest_step {
    bool active;
    bool timed;          /* it ends by the timer: timed_step.c */
    bool if_lent;        /* RFLAGS.IF is ours */
    bool loads_ss;       /* the instruction does */
    bool trap_waits;     /* its trap comes behind the next instruction: it has loaded SS */
    bool looks, looked;  /* for an interrupt, nothing else; until this exit */
    bool was_away;       /* until the exit that has ended it is handled: INT3 is the guest's own */
    bool every, running; /* the monitor wants each instruction; one has been let run for it */
    bool held;           /* interrupts are kept out of it: blocking.c */
    uint8_t blocked_before; /* what blocked them then */
    unsigned int hops;      /* from view to view, within one instruction */
    uint64_t rip;
    uint64_t since; /* vcpu->moment when that one was let run */
};

/*
 * Translations of views, kept under the rules a TLB has. A flush of the current view, or of all,
 * starts an epoch; one of another view does so when the guest leaves the current one.
 */
#define CACHE_SLOTS 256
struct guest_cache {
    uint64_t stamp; /* the current EPT pointer, and from EPOCH_ONE on the epoch: vmx.c */
    bool others_stale;
    struct guest_frame_slot {
        uint64_t address, stamp;
        uint8_t *host; /* the page in the direct map */
        uint64_t rights;
    } slots[CACHE_SLOTS];
};
#define EPOCH_ONE (UINT64_C(1) << 46) /* no root table lies there: the direct map ends before */

/*
 * A walk through the guest's page tables that ended well. It holds as long as the registers, the
 * views and the very entries it went through are what they were: reading those again is much
 * cheaper than walking again.
 */
#define WALK_LEVELS 4
struct guest_path {
    uint64_t page; /* linear address, without the offset; or GUEST_PATH_NONE */
    uint64_t cr0, cr3, cr4, efer;
    uint64_t stamp;       /* vcpu->cache.stamp */
    uint64_t moment;      /* vcpu->moment when it was last found to hold */
    unsigned int untried; /* ALTP2M_R, ALTP2M_W: what it was not walked for */
    unsigned int levels;
    const volatile uint64_t *entries[WALK_LEVELS]; /* in the direct map */
    uint64_t values[WALK_LEVELS];
    uint8_t *host;
};
#define PATH_SLOTS      16
#define GUEST_PATH_NONE 1 /* no page begins there */

/* Whether a vCPU runs, and if not, what it waits for. Changed under the domain's lock. */
enum vcpu_life {
    LIFE_RUNS,
    LIFE_WAITS,     /* for a SIPI, or for VCPUOP_initialise and VCPUOP_up */
    LIFE_DOWN,      /* VCPUOP_down: for VCPUOP_up, or INIT and SIPI */
    LIFE_SHUT_DOWN, /* after a triple fault: for INIT and SIPI */
};

/* All that a vCPU starts with; what is not here is 0 or as it was. */
struct guest_start {
    struct guest_registers registers;
    uint64_t rip, rsp, rflags;
    uint64_t cr0, cr3, cr4, efer;
    uint64_t gdt;
    uint32_t table_limit; /* of GDTR and IDTR */
    struct segment_state segments[SEGMENTS];
};

/* Something to be done on this vCPU's own CPU, where its VMCS is. */
struct vcpu_call {
    void (*function)(struct vcpu *vcpu, void *argument);
    void *argument;
    enum call_state { CALL_NONE, CALL_ASKED, CALL_TAKEN } state;
};

/* An access to the page of an APIC while INIT and SIPI are watched for: watch.c. */
struct guest_apic_access {
    bool active, write;
    uint64_t gfn;
    unsigned int offset;
};

/* One hypercall under way: xen/hypercall.h. */
struct hypercall {
    struct vcpu *vcpu;
    const struct hypercall_abi *abi;
};

/* Whether the registers that an exit has found were set since: then the exit is void. */
enum vcpu_rewritten { AS_IT_LEFT, REWRITTEN, RESTARTED };

/*
 * What Xen's interface keeps for a vCPU (xen/upcall.h). Under the domain's lock.
 */
#define XEN_VIRQS 24 /* NR_VIRQS of <xen/xen.h> */
struct xen_vcpu {
    uint8_t *info;             /* vcpu_info, where the guest writes as well; NULL: it has none */
    uint64_t info_mfn;         /* the page of the guest's it lies in, or ALTP2M_INVALID_MFN */
    uint64_t deadline;         /* of its timer, on the TSC; 0: it is off */
    uint64_t polls_at;         /* RIP of a SCHEDOP_poll that waits; 0: none */
    uint16_t virqs[XEN_VIRQS]; /* the ports they are bound to; 0: none */
    uint8_t vector;            /* of its upcalls by the APIC; 0: by that of all vCPUs */
    bool upcall;               /* one is to be delivered before the next entry */
    bool window;               /* it waits until the guest takes interrupts */
    bool apic_off;             /* or until its APIC does */
};

struct vcpu {
    struct guest_registers registers; /* the exit path pushes them here */
    uint64_t host_stack;              /* where the exit path then goes on; it holds the vCPU */
    const struct exit_row *rows;      /* by basic exit reason, EXIT_REASONS of them */
    struct domain *domain;
    struct altp2m_vcpu *altp2m; /* the engine's part: current view, VMFUNC, #VE */
    struct hypercall hypercall;
    struct altp2m_caller as_caller; /* what the engine hears of the guest's own hypercalls */
    uint64_t eptp; /* the VMCS's EPT pointer when altp2m->view was last refreshed */
    struct guest_paging paging;
    struct guest_step step;
    struct guest_cache cache;
    uint64_t address_reserved; /* bits of a guest physical address that there are not */
    struct guest_path path_store[PATH_SLOTS];
    struct guest_path *paths[PATH_SLOTS]; /* by page number; pointers are quick to index */

    struct vmx_vcpu vmx;
    bool step_by_flag;  /* the monitor trap flag works; else the timer ends a step: timed_step.c */
    bool com2_told;     /* the guest was told off for touching the hypervisor's port */
    bool fault_told;    /* a triple fault of it has been reported: it may have many */
    uint8_t *step_page; /* what stands in for a hole */
    uint64_t root_page; /* physical: what the CPU wants for virtualization as such (VMXON) */

    unsigned int calm;    /* exits until one is looked at with more care; 1 at once */
    uint64_t next_poll;   /* the moment at which the control port is due */
    uint32_t timer_ticks; /* of the preemption timer at rest; 0: there is none */

    /* What others want of it. They write under the domain's lock; it looks before each entry. */
    bool in_guest;       /* from before the entry until its view is known after the exit */
    bool attention;      /* look at the rest of these before the next entry */
    bool reload;         /* view, VMFUNC or #VE of `altp2m` have changed: load the VMCS */
    uint8_t rewritten;   /* enum vcpu_rewritten: since the exit */
    bool nmi_pending;    /* the guest's, and came while the hypervisor ran */
    bool nmi_wanted;     /* the guest's: the NMI window is open for it */
    bool absent;         /* its CPU is not in VMX operation: cpus.c, kept_init.c */
    bool relaunch;       /* its VMCS was cleared: the next entry is a VMLAUNCH */
    uint64_t stale_eptp; /* forget this one's translations; ALTP2M_EPTP_ALL; 0: none */
    unsigned int kicks;  /* NMIs sent to it by us that have not arrived */
    struct vcpu_call call;
    enum vcpu_life life;
    bool initialised; /* it has registers to run with (Xen: v->is_initialised) */
    bool starts;      /* with `start`, when it runs next */
    struct guest_start start;
    struct guest_apic_access apic_access;
    struct xen_vcpu xen;

    uint32_t apic_id;
    const char *lacks;                  /* what its CPU would have to have; else NULL */
    void (*returns)(struct vcpu *vcpu); /* where its CPU goes on when it comes once more */
    struct cpu_tables *tables;
    uint64_t moment;    /* grows with each exit and each change to what translations rest on */
    uint64_t halted_at; /* the moment when it was found halted with interrupts off; 0: it was not */
    uint64_t exit_counts[EXIT_REASONS];
};

static inline bool vcpu_is_absent(const struct vcpu *vcpu)
{
    return __atomic_load_n(&vcpu->absent, __ATOMIC_ACQUIRE);
}

/* Make a vCPU with its stacks, tables and pages; none of them is in use yet. Ends the machine if
 * there is no memory. At start. */
struct vcpu *vcpu_new(struct domain *domain, unsigned int id);

#endif
