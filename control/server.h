/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of the server that its other files call. */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include "control/control.h"

#include <xen/errno.h>

#define DEFAULT_TIMEOUT_MS 5000

/* Exceptions by which altview denies an access. */
#define VECTOR_BP 3
#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

#define CR0_PG   UINT64_C(0x80000000)
#define CR4_PSE  UINT64_C(0x10)
#define CR4_PAE  UINT64_C(0x20)
#define CR4_LA57 UINT64_C(0x1000)
#define EFER_LMA UINT64_C(0x400)
#define EFER_NXE UINT64_C(0x800)

/* One request and its answer. The reply has room for ALTVIEW_CONTROL_MAX_PAYLOAD bytes. */
struct exchange {
    const void *payload;
    size_t size;
    void *reply;
    size_t reply_size;
};

/* requests.c: serve it. Returns the status. If that is negative nothing has changed, with the
 * exceptions that control.h names. */
int request_serve(struct control *c, uint16_t type, struct exchange *x);

/* tie.c: serve it for an owner, and note what it sets. Owner 0: no owner. -XEN_EINVAL: not
 * bound. */
int tie_serve(struct control *c, uint32_t owner, uint16_t type, struct exchange *x);

/* The settings that an owner can make. */
enum undo_kind {
    UNDO_VIEW,       /* at 0: the view itself, which it has made */
    UNDO_REMAP,      /* at a gfn: its page, */
    UNDO_ACCESS,     /* its access, */
    UNDO_SUPPRESS,   /* and whether it suppresses #VE, in a view */
    UNDO_DEFAULT,    /* at 0: the meaning of "default access" */
    UNDO_POLICY,     /* at 0: of a view */
    UNDO_NAME,       /* at 0: of a view */
    UNDO_VISIBILITY, /* at 0: of a view */
    UNDO_VMFUNC,     /* at a vCPU */
    UNDO_NOTIFY,     /* at a vCPU: #VE */
    UNDO_BYTE,       /* at an address of the host p2m */
    UNDO_KINDS
};

/* undo.c: the current request's owner will change this: note its value now. -XEN_ENOMEM. */
int undo_note(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at);
/* Reserve room for one more note, until undo_settle. -XEN_ENOMEM. */
int undo_room(struct control *c);
/* The owner has made this view: call undo_room before. */
void undo_note_view(struct control *c, unsigned int view);
/* The request is done: note the new value of each changed setting. */
void undo_settle(struct control *c);
/* Drop the notes about views that no longer exist. */
void undo_sweep(struct control *c);
/* Take back some of an owner's settings, or drop all its notes. -XEN_ERESTART: not all yet. */
int undo_some(struct control *c, unsigned int owner);
void undo_forget(struct control *c, unsigned int owner);

/* undo_value.c: read a setting's value, and write it. -XEN_ENOMEM; else it is written, or can no
 * longer be. */
struct undo_value {
    uint64_t first, second;
};
struct undo_value undo_get(const struct control *c, enum undo_kind kind, unsigned int view,
                           uint64_t at);
int undo_put(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at,
             struct undo_value value);

/* memory.c: the byte of the host p2m at that address, or NULL. */
uint8_t *memory_byte(const struct control *c, uint64_t address);

/* listen.c: the checks of LISTEN, and its work; `left`: events on which vCPUs wait go as if no
 * client listened. */
int listen_check(const struct altview_listen *listen);
void listen_after_unbind(struct control *c, const struct altview_listen *listen, bool left);

/* listen.c: is a write of this MSR an event, by the rule of a listener that has disconnected? By
 * that, or because a client hears of it? `changes`: it gets another value. */
bool msr_is_left(const struct control *c, uint32_t msr, bool changes);
bool msr_is_told(const struct control *c, uint32_t msr, bool changes);

/* The handlers. The server has checked the payload's size and pads. */
typedef int request_handler(struct control *c, struct exchange *x);
request_handler request_hvmop, request_set_access, request_access_list, request_get_access;
request_handler request_views, request_visibility, request_overrides;
request_handler request_name_view, request_set_policy;
request_handler request_read, request_write, request_locate;
request_handler request_set_required;
request_handler request_memory_map, request_maximum_gfn, request_search, request_translate;
request_handler request_vcpus, request_get_registers, request_set_registers;
request_handler request_pause, request_unpause, request_single_step;
request_handler request_listen, request_answer;
request_handler request_bind, request_unbind;

/* views.c: may a request name this view? View 0 always may be named. */
bool view_exists(const struct control *c, unsigned int view);

/* views.c: the same, for requests that may also name ALTVIEW_NO_VIEW, the host p2m. */
bool view_or_host(const struct control *c, unsigned int view);

/* memory.c: the page of such a view at a gfn, if that is RAM of the guest's; if `shown`, also RAM
 * that the hypervisor shows it. Else NULL. */
uint8_t *ram_page(const struct control *c, unsigned int view, uint64_t gfn, bool shown);

/* A list in a reply: elements of one size after a struct altview_list. */
static inline struct altview_list *list_begin(struct exchange *x)
{
    struct altview_list *list = x->reply;

    *list = (struct altview_list){.next = ALTVIEW_NO_GFN};
    x->reply_size = sizeof(*list);
    return list;
}

/* Room for one more, or NULL. */
static inline void *list_add(struct exchange *x, size_t size)
{
    struct altview_list *list = x->reply;
    void *element = (uint8_t *)x->reply + x->reply_size;

    if (x->reply_size + size > ALTVIEW_CONTROL_MAX_PAYLOAD) {
        return NULL;
    }
    x->reply_size += size;
    list->count++;
    return element;
}

/* registers.c: would the vCPU enter the guest with these? 0, -XEN_EINVAL or -XEN_EOPNOTSUPP. */
int registers_check(const struct control *c, unsigned int vcpu, uint32_t mask,
                    const struct altview_general *general, uint64_t cr3);
void registers_set(const struct control *c, unsigned int vcpu, uint32_t mask,
                   const struct altview_general *general, uint64_t cr3);

/* events.c: an event of this vCPU, with the fields of every event. */
struct altview_event event_new(const struct control *c, unsigned int vcpu,
                               enum altview_event_type type);
/* Give the event its id and put it into the buffer, or drop and count it. */
bool event_send(struct control *c, struct altview_event *event);

/* front: the size of the event at the front, or 0. sent: this many of its bytes have been sent.
 * forget: drop all events. */
size_t events_front(const struct control *c);
void events_sent(struct control *c, size_t size);
void events_forget(struct control *c);

/* listen.c: an answer is late, or the peer of a pause is silent. */
void listen_tick(struct control *c, uint64_t now);

/* With checksums, if the line has them. */
static inline size_t frame_complete(const struct control *c, struct altview_frame *frame)
{
    return c->reader.unchecked ? frame_seal_unchecked(frame) : frame_seal(frame);
}

static inline uint64_t time_now(const struct control *c)
{
    return c->host.now(c->host.context);
}

static inline uint64_t time_ticks(const struct control *c, uint32_t milliseconds)
{
    return milliseconds * c->host.ticks_hz / 1000;
}

static inline struct altp2m_vcpu *vcpu_of(const struct control *c, unsigned int vcpu)
{
    return &c->domain->config.vcpus[vcpu];
}

/* The vCPU with the peer's number. False: there is none. */
static inline bool vcpu_named(const struct control *c, uint32_t number, unsigned int *vcpu)
{
    *vcpu = (unsigned int)altp2m_clamp(number, c->vcpu_count);
    return number < c->vcpu_count;
}

static inline bool listens(uint32_t mask, enum altview_event_type type)
{
    return mask >> type & 1;
}

static inline bool vcpu_waits(const struct control_vcpu *v)
{
    return v->event && !v->answered;
}

/*
 * Ask the listener. If it has disconnected, or there is no room for the event, use its rule.
 * ALTP2M_VERDICT_DEFAULT: that is the rule, or there is no listener and no earlier one's rule.
 * `fault_code`: the error code of the #PF by which a rule may deny a MEM_ACCESS.
 */
struct control_verdict event_ask(struct control *c, struct altview_event *event,
                                 uint32_t fault_code);
/* Send it, if a listener gets its type. */
void event_tell(struct control *c, struct altview_event *event, enum altview_outcome outcome);
/* The same, if the listener has not been asked about it. */
void event_tell_unasked(struct control *c, struct altview_event *event,
                        enum altview_outcome outcome);

/* As without a listener, for a listener whose rule says so. `event` may be NULL: then no listener
 * gets it. */
struct control_verdict violation_unheard(struct control *c, unsigned int vcpu, uint64_t gfn,
                                         struct altview_event *event);
/* The action of the policy STEP. */
struct control_verdict violation_step_in(struct control *c, unsigned int vcpu);

#endif
