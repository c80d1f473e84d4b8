/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of the server that its other files call. */
#ifndef CONTROL_SERVER_H
#define CONTROL_SERVER_H

#include "control/control.h"

#include <xen/errno.h>

#define DEFAULT_TIMEOUT_MS 5000

/* Exceptions that deny something. */
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

/* requests.c: serve it. Returns the status. If that is negative nothing has changed, but where
 * control.h says so. */
int request_serve(struct control *c, uint16_t type, struct exchange *x);

/* tie.c: serve it for an owner, and note what it sets. Owner 0: nobody. -XEN_EINVAL: not bound. */
int tie_serve(struct control *c, uint32_t owner, uint16_t type, struct exchange *x);

/* What an owner can set. */
enum undo_kind {
    UNDO_VIEW,       /* at 0: the view itself, which it has made */
    UNDO_REMAP,      /* at a gfn: what it shows, */
    UNDO_ACCESS,     /* its access, */
    UNDO_SUPPRESS,   /* and whether it suppresses #VE, in a view */
    UNDO_DEFAULT,    /* at 0: what "default access" stands for */
    UNDO_POLICY,     /* at 0: of a view */
    UNDO_NAME,       /* at 0: of a view */
    UNDO_VISIBILITY, /* at 0: of a view */
    UNDO_VMFUNC,     /* at a vCPU */
    UNDO_NOTIFY,     /* at a vCPU: #VE */
    UNDO_BYTE,       /* at an address of the host p2m */
    UNDO_KINDS
};

/* undo.c: the present request's owner is about to change this: remember how it is. -XEN_ENOMEM. */
int undo_note(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at);
/* Room for one thing more, until undo_settle. -XEN_ENOMEM. */
int undo_room(struct control *c);
/* It has made this view: undo_room came before. */
void undo_note_view(struct control *c, unsigned int view);
/* The request is done: remember how all that it changed is now. */
void undo_settle(struct control *c);
/* Forget what was noted of views that are gone. */
void undo_sweep(struct control *c);
/* Take back some of what an owner has set, or forget all of it. -XEN_ERESTART: not all yet. */
int undo_some(struct control *c, unsigned int owner);
void undo_forget(struct control *c, unsigned int owner);

/* undo_value.c: how something is now, and making it so. -XEN_ENOMEM; else it is done, or can't be
 * any more. */
struct undo_value {
    uint64_t first, second;
};
struct undo_value undo_get(const struct control *c, enum undo_kind kind, unsigned int view,
                           uint64_t at);
int undo_put(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at,
             struct undo_value value);

/* memory.c: the byte of the host p2m at that address, or NULL. */
uint8_t *memory_byte(const struct control *c, uint64_t address);

/* listen.c: what LISTEN refuses, and what it does; `left`: what its vCPUs wait on goes as if nobody
 * listened. */
int listen_check(const struct altview_listen *listen);
void listen_after_unbind(struct control *c, const struct altview_listen *listen, bool left);

/* The handlers: payload's size and pads have been checked. */
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

/* views.c: may the view be named? View 0 always may. */
bool view_exists(const struct control *c, unsigned int view);

/* views.c: or ALTVIEW_NO_VIEW for the host p2m, where a request may say that. */
bool view_or_host(const struct control *c, unsigned int view);

/* memory.c: what such a view has at a gfn, if that is RAM of the guest's; if `shown`, also RAM that
 * the hypervisor shows it. Else NULL. */
uint8_t *ram_page(const struct control *c, unsigned int view, uint64_t gfn, bool shown);

/* A list that is being written to a reply: elements of one size behind a struct altview_list. */
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

/* events.c: an event of this vCPU, with what every event tells. */
struct altview_event event_new(const struct control *c, unsigned int vcpu,
                               enum altview_event_type type);
/* Give the event its id and put it into the buffer, or drop and count it. */
bool event_send(struct control *c, struct altview_event *event);

/* front: the size of the event at the front, or 0. sent: so many bytes of it have gone out. forget:
 * drop all events. */
size_t events_front(const struct control *c);
void events_sent(struct control *c, size_t size);
void events_forget(struct control *c);

/* listen.c: an answer is late, or the peer of a pause is silent. */
void listen_tick(struct control *c);

/* With the checksums that the line wants. */
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

/* The vCPU with the number that a peer says. False: there is none. */
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
 * Ask the listener. If it has gone, or there is no room for the question, go by its rule.
 * ALTP2M_VERDICT_DEFAULT: that is the rule, or there is no listener and none has left a rule.
 * `fault_code`: the error code of the #PF by which a rule may deny a MEM_ACCESS.
 */
struct control_verdict event_ask(struct control *c, struct altview_event *event,
                                 uint32_t fault_code);
/* Send it, if a listener hears of its type. */
void event_tell(struct control *c, struct altview_event *event, enum altview_outcome outcome);
/* The same, if the listener has not been asked about it. */
void event_tell_unasked(struct control *c, struct altview_event *event,
                        enum altview_outcome outcome);

/* As where nobody listens, for a listener that has left it at that. `event` may be NULL: then no
 * listener is told. */
struct control_verdict violation_unheard(struct control *c, unsigned int vcpu, uint64_t gfn,
                                         struct altview_event *event);
/* What the policy STEP says. */
struct control_verdict violation_step_in(struct control *c, unsigned int vcpu);

#endif
