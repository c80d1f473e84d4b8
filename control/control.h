/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server of the control port. It serves requests (<altview/control.h>) with the engine, keeps
 * the events for which the peer listens, and decides about accesses that a view refuses. It is
 * free-standing C like the engine. The hypervisor runs it over a serial port, a simulated domain in
 * a process.
 *
 * control_receive takes bytes that have come, and control_output gives bytes to send. Everything is
 * bounded: a peer that sends much, or does not read, can only fill buffers that exist already.
 * Replies wait in a separate buffer, and the server reads no request while it holds one. It counts
 * and drops events that find no room. If a vCPU would wait on such an event, the listener's rule
 * decides.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "control/frame.h"

#include <altview/altp2m.h>
#include <altview/control.h>
#include <altview/ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_VCPUS_MAX    64
#define CONTROL_EVENT_BUFFER 8192 /* bytes of events that wait to be sent */
/*
 * In addition there is room for the event on which each vCPU waits, however many others there are.
 */
#define CONTROL_QUESTIONS                                                                          \
    (CONTROL_VCPUS_MAX * (sizeof(struct altview_frame) + sizeof(struct altview_event)))

/* The registers that say how a vCPU takes addresses, and its RFLAGS. */
struct control_mode {
    uint64_t cr0, cr3, cr4, efer, rflags;
    uint16_t cs_rights; /* altview_segment.rights */
};
static inline struct control_mode control_mode_of(const struct altview_registers *all)
{
    return (struct control_mode){
        .cr0 = all->cr0,
        .cr3 = all->cr3,
        .cr4 = all->cr4,
        .efer = all->efer,
        .rflags = all->general.rflags,
        .cs_rights = all->segments[ALTVIEW_CS].rights,
    };
}

/*
 * What the server needs from the machine. vCPU numbers are below vcpu_count. Only control_*
 * functions make these calls.
 */
struct control_host {
    void *context;
    /* A clock that never goes back, in ticks, and the number of ticks a second. */
    uint64_t (*now)(void *context);
    uint64_t ticks_hz;
    uint64_t instance;    /* altview_hello.instance */
    const char *software; /* altview_hello.software, at most 31 characters */
    void (*get_registers)(void *context, unsigned int vcpu, struct altview_registers *to);
    /* Parts of them: what a check of a request needs, and what an event reports. */
    void (*get_mode)(void *context, unsigned int vcpu, struct control_mode *to);
    void (*get_general)(void *context, unsigned int vcpu, struct altview_general *to,
                        uint64_t *cr3);
    /*
     * The server has checked the values. Only for a vCPU that is paused or waits. New RFLAGS or a
     * new RIP also end blocking by STI or MOV SS: otherwise a VM entry would fail.
     */
    void (*set_registers)(void *context, unsigned int vcpu, uint32_t mask,
                          const struct altview_general *general, uint64_t cr3);
    /* The vCPU takes an external interrupt at its next entry: a request may not clear RFLAGS.IF, or
     * that entry would fail. May be NULL: there is none. */
    bool (*delivers_interrupt)(void *context, unsigned int vcpu);
    /* Event after each instruction, from now on. */
    void (*single_step)(void *context, unsigned int vcpu, bool on);
    /* From now on control_write is asked when a vCPU is about to change one of these bits of CR0,
     * CR3, CR4 and XCR0, and control_breakpoint before INT3 if control_cares about it. The server
     * calls it when one of these changes; at first there are none. May be NULL: no vCPU does. */
    void (*watch)(void *context, const uint64_t bits[ALTVIEW_CONTROL_REGISTERS]);
    /* From now on control_write_msr is asked when a vCPU is about to write that MSR, or no more.
     * May be NULL: no vCPU ever does. */
    void (*watch_msr)(void *context, uint32_t msr, bool on);
    /* Fills exits, pool_pages and pool_free. */
    void (*statistics)(void *context, unsigned int vcpu, struct altview_statistics *to);
    uint64_t (*exits)(void *context, unsigned int vcpu);
    /* Reads up to 15 bytes at RIP, and returns how many it could read. Sets `bits` to 16, 32 or
     * 64. */
    unsigned int (*instruction)(void *context, unsigned int vcpu, uint8_t *to, uint8_t *bits);
    unsigned int physical_bits; /* for CR3, and for entries of page tables */
    bool pages_1g;              /* the CPU knows pages of 1 GiB */
    uint64_t maximum_gfn;       /* altview_last_gfn */
    /* altview_hello.image: may be NULL. */
    uint32_t (*image)(void *context);
    struct altview_ring_place ring; /* all zero: there are none */
    /* altview_located.counter: altp2m_tell_moves writes there. */
    uint64_t counter;
    /* No vCPU runs from here until the control_* function returns. The server calls it before it
     * serves a request. May be NULL: no vCPU ever does. */
    void (*still)(void *context);
    /* A line for the log, where there is one: may be NULL. */
    void (*log)(void *context, const char *text);
    /* An event waits to be sent, on which no vCPU waits: one that does polls the port until it has
     * its answer. May be NULL: then the embedder calls control_output soon anyway. */
    void (*told)(void *context);
};

/* What a vCPU does next, with the arguments of STEP_IN and INJECT. */
struct control_verdict {
    enum altp2m_verdict action;
    uint16_t view;  /* STEP_IN */
    uint8_t vector; /* INJECT */
    uint32_t error_code;
    uint64_t cr2; /* of a #PF */
};

/* The server's state of a vCPU. */
struct control_vcpu {
    uint64_t event;    /* it waits on the answer to this, or 0 */
    uint64_t deadline; /* by when */
    uint64_t gfn;      /* MEM_ACCESS: where, in which view, for which rights */
    uint16_t view;
    uint8_t wants;
    uint8_t type;    /* of that event */
    bool delivering; /* that event came during the delivery of another: no exception can be
                      * injected */
    bool answered;   /* `answer` holds what to do; ALTP2M_VERDICT_DEFAULT: no listener */
    bool missed;     /* and the action without an answer */
    bool stepping;
    uint8_t pauses;
    uint8_t held;                             /* pauses that are the domain's */
    struct control_verdict answer, otherwise; /* `otherwise`: without an answer */
};

struct control_owner {
    bool bound;     /* the server serves its requests */
    bool ending;    /* it was silent for too long, and the server takes back what it has set */
    uint8_t missed; /* then: the type of event that it has not answered, or ALTVIEW_EVENT_PAUSE */
    uint32_t timeout_ms;
};

/* What owners have set (undo.c). Pages come from the engine's pool, and go back when no entry is
 * left. */
struct control_undo {
    uint32_t *heads;            /* of chains by object: a page, or NULL */
    struct undo_entry **pages;  /* a page of pointers, or NULL */
    uint32_t page_count, count; /* entries that are in use */
    uint32_t free;              /* the first that is not */
    uint32_t open;              /* the first of those that the current request may change */
    uint8_t owner;              /* the owner whose request the server serves; 0: no owner */
    struct control_owner owners[ALTVIEW_OWNERS + 1]; /* from 1 on */
    uint32_t present; /* a bit for each owner that is bound or ending: polls are short if there is
                       * none */
};

struct control {
    struct control_host host;
    struct altp2m_domain *domain;
    unsigned int vcpu_count;
    struct frame_reader reader;
    uint64_t last_byte;  /* when the reader last got a byte; an unfinished frame is dropped later */
    uint64_t last_frame; /* when the peer last sent a good frame */
    struct altview_listen listen;
    uint8_t listener; /* the owner that is to answer, or 0 */
    struct control_undo undo;
    uint32_t left; /* types whose listener has disconnected without a farewell: `rules` decide at
                    * once */
    uint64_t left_ignore[ALTVIEW_CONTROL_REGISTERS]; /* of those, bits that it ignored */
    uint64_t watched[ALTVIEW_CONTROL_REGISTERS];     /* as host.watch has them */
    bool watches_int3;                               /* the same of INT3 */
    struct altview_msrs left_msrs;                   /* of `left`, those of the event MSR */
    uint32_t watched_msrs[2 * ALTVIEW_MSRS];         /* as host.watch_msr has them: of both */
    unsigned int watched_msr_count;
    uint8_t rules[ALTVIEW_EVENTS]; /* enum altview_unanswered, of the current or last listener */
    uint64_t event_count;
    struct altview_statistics counters; /* counts events and frames; its other fields stay 0 */
    struct control_vcpu vcpus[CONTROL_VCPUS_MAX];
    /* The last reply: sent again when its request comes again. */
    uint32_t last_sequence;
    uint16_t last_type;
    bool has_last;
    size_t reply_size, reply_sent;
    _Alignas(8) uint8_t reply[FRAME_MAX];
    /* Whole frames, oldest first. */
    size_t events_size, events_sent; /* `events_sent` of the first */
    _Alignas(8) uint8_t events[CONTROL_EVENT_BUFFER + CONTROL_QUESTIONS];
};

/* `domain` must be initialised. At most CONTROL_VCPUS_MAX vCPUs. */
void control_init(struct control *c, const struct control_host *host, struct altp2m_domain *domain);

/* Give the pages back that it has taken from the engine's pool. The server is not used
 * afterwards. */
void control_end(struct control *c);

/*
 * Take bytes that have come, and serve the requests that they complete. Returns the number of bytes
 * taken: fewer than `size` while a reply waits to be sent. Offer the rest after control_sent.
 */
size_t control_receive(struct control *c, const void *bytes, size_t size);

/*
 * The peer has moved to the rings (<altview/ring.h>), a line without checksums. It will not finish
 * a frame that it began on the other line. Call it when nothing is left to send.
 */
void control_moved(struct control *c);

/*
 * Bytes to send next, or NULL. The server finishes a frame before it begins another. Call
 * control_sent with the number of bytes sent before any other call.
 */
const void *control_output(const struct control *c, size_t *size);
void control_sent(struct control *c, size_t size);

/* Is there something to send? */
static inline bool control_has_output(const struct control *c)
{
    return c->reply_sent < c->reply_size || c->events_size;
}

/* Check the clock for late answers, a silent peer, and an unfinished frame. Call it every few
 * milliseconds, after control_receive has taken the bytes that have come. */
void control_tick(struct control *c);

/* Must this vCPU stay stopped, because it is paused or waits for an answer? */
bool control_holds(const struct control *c, unsigned int vcpu);

/* Does a listener get events of this type? */
static inline bool control_hears(const struct control *c, enum altview_event_type type)
{
    return (c->listen.sync | c->listen.report) >> type & 1;
}

/* Does a listener decide about events of this type, or the rule of one that has disconnected? */
static inline bool control_cares(const struct control *c, enum altview_event_type type)
{
    return (c->listen.sync | c->listen.report | c->left) >> type & 1;
}

/* A view refuses an access: the listener's information about it. */
struct control_violation {
    uint64_t physical;  /* guest physical address */
    uint64_t gla;       /* if ALTVIEW_EVENT_GLA is among the flags */
    unsigned int wants; /* ALTP2M_R/W/X */
    uint16_t flags;     /* ALTVIEW_EVENT_GLA, IN_WALK, DELIVERING, USER */
    bool tells_fetches; /* the error codes of the guest's #PFs have bit 4: it has NXE with PAE, or
                         * SMEP */
};

/* An access that a vCPU's view does not grant, as the embedder has it. */
struct control_access {
    uint64_t gfn;
    unsigned int wants;                                      /* ALTP2M_R/W/X */
    bool (*can_notify)(const struct control_access *access); /* whether #VE can be delivered */
    struct control_violation (*describe)(const struct control_access *access);
};

/* Whether a policy or a listener decides about what `view` refuses. */
static inline bool control_decides(const struct control *c, unsigned int view)
{
    return control_cares(c, ALTVIEW_EVENT_MEM_ACCESS) || c->domain->views[view].policy;
}

/* Their decision: the part of control_violation that is not inline. `verdict`: the engine's. */
struct control_verdict control_refused(struct control *c, unsigned int vcpu,
                                       enum altp2m_verdict verdict,
                                       const struct control_violation *v);

/*
 * The one decision about such an access: by the engine's rights, then the view's policy, then a
 * listener; without any of these, by Xen's rule. docs/design/exits.md has the figure. RUN, STEP or
 * NOMEM, HOLE, NOTIFY, STEP_IN, INJECT, WAIT, STOP or GIVE_UP. Inline: the number of instructions
 * of a violation matters, and this decides most of them.
 */
static inline struct control_verdict
control_violation(struct control *c, const struct altp2m_vcpu *vcpu, const struct control_access *a)
{
    enum altp2m_verdict verdict = altp2m_violation(c->domain, vcpu, a->gfn, a->wants);
    struct control_violation told;

    if (verdict == ALTP2M_VERDICT_NOTIFY && !a->can_notify(a)) {
        verdict = altp2m_unnotified(c->domain, vcpu, a->gfn, a->wants);
    }
    if (verdict != ALTP2M_VERDICT_RESTRICTED && verdict != ALTP2M_VERDICT_CONVERTED) {
        return (struct control_verdict){.action = verdict};
    }
    if (!control_decides(c, vcpu->view)) {
        return (struct control_verdict){.action = altp2m_unheard(c->domain, vcpu, a->gfn)};
    }
    told = a->describe(a);
    return control_refused(c, vcpu->id, verdict, &told);
}

struct control_verdict control_vmfunc_refused(struct control *c, unsigned int vcpu,
                                              uint32_t function, uint32_t view);
/* INT3 at the linear address `gla`. If the vCPU executes it in a step in another view (STEP_IN),
 * the INT3 is the guest's own, and the server asks no listener. */
struct control_verdict control_breakpoint(struct control *c, unsigned int vcpu, uint64_t gla);
/*
 * An event after which the vCPU runs on, unless an answer says otherwise. SINGLE_STEP: a vCPU that
 * single-steps has executed an instruction.
 */
struct control_verdict control_done(struct control *c, unsigned int vcpu,
                                    enum altview_event_type type);
/* The vCPU's instruction changes a register, `type` says which, from `old` to `value`. DEFAULT: it
 * may. SKIP: the vCPU goes on after it, without the change. */
struct control_verdict control_write(struct control *c, unsigned int vcpu,
                                     enum altview_event_type type, uint64_t value, uint64_t old);
/* The same for an MSR that host.watch_msr has named; `old` is 0 if the guest can't read it. */
struct control_verdict control_write_msr(struct control *c, unsigned int vcpu, uint32_t msr,
                                         uint64_t value, uint64_t old);
/* Must control_write_msr be asked? */
bool control_watches_msr(const struct control *c, uint32_t msr);
/* The guest has ended. Send control_output to its end, then end the run. */
void control_shutdown(struct control *c, uint32_t status);

/*
 * After WAIT, when control_holds is false: the action of the answer, or that without one. By then
 * the server has set registers and changed the view. WAIT if the vCPU is held again, RUN if there
 * was no event.
 */
struct control_verdict control_resume(struct control *c, unsigned int vcpu);

#endif
