/* SPDX-License-Identifier: BSD-2-Clause */
/* A handle, and the functions by which api/ and xc/ send requests to its domain. */
#ifndef LIB_HANDLE_H
#define LIB_HANDLE_H

#include "deadline.h"
#include "reach.h"
#include "transport.h"

#include <altview/altview.h>
#include <altview/hvmop.h>
#include <stdatomic.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define DEFAULT_TIMEOUT_MS 30000 /* an emulated machine on a busy computer answers late */

#define VCPUS_MAX 64 /* of a domain */

struct altview {
    struct transport *transport;
    atomic_uint timeout_ms;
    uint16_t domid;
    uint64_t instance; /* of the run */
    /* What the handle must undo when it is closed. */
    atomic_bool listens;
    atomic_uint pauses[VCPUS_MAX + 1]; /* the last: of all vCPUs */
    struct reach reach;
};

/* The subject of a request: explain.c needs it for the message. */
struct about {
    unsigned int has; /* ABOUT_* */
    unsigned int view, vcpu, access;
    uint64_t gfn, nr, target;
    unsigned int to; /* of ABOUT_EVICT */
    const char *name;
    const struct hint *hints; /* of this request alone; the last one's text is NULL */
};
#define ABOUT_VIEW    1U    /* `view` must be live */
#define ABOUT_VISIBLE 2U    /* and visible */
#define ABOUT_UNUSED  4U    /* and one that no vCPU is in, and not view 0 */
#define ABOUT_SLOT    8U    /* takes a free slot */
#define ABOUT_VCPU    16U   /* `vcpu` */
#define ABOUT_ACCESS  32U   /* `access` */
#define ABOUT_GFN     64U   /* `gfn`, and `nr` gfns from there on */
#define ABOUT_TARGET  128U  /* `target`, a gfn too */
#define ABOUT_NAME    256U  /* `name` of a view */
#define ABOUT_ALTP2M  512U  /* an operation of HVMOP_altp2m */
#define ABOUT_EVICT   1024U /* `to`: where vCPUs in the view go */

struct hint {
    int error;
    const char *text;
};

/*
 * A call that takes many requests gets its time anew after each this many elements.
 */
#define HONEST_STEP 32

/* A call of the library's on this handle; see deadline.h. */
static inline bool call_begin(altview *h)
{
    return deadline_begin(h->timeout_ms);
}

/* api/ask.c: end the call with `rc`, and explain it if it is an error. */
int call_end(altview *h, bool outermost, int rc, const struct about *about);

/* api/decode.c: 0, or -EPROTO for a reply that no altview sends. */
int decode_reply(enum altview_request type, const void *reply, size_t size);
/* A piece of a list from `from` on, after `before` elements. */
int decode_piece(enum altview_request type, uint64_t from, size_t before,
                 const struct altview_list *piece, size_t size);
size_t decode_element_size(enum altview_request type);

/*
 * api/ask.c: a request whose reply has exactly reply_size bytes. It explains failures in the
 * thread's error text.
 */
int ask(altview *h, enum altview_request type, const void *payload, size_t size, void *reply,
        size_t reply_size, const struct about *about);
/* The same without explanations, and for a reply of up to *reply_size bytes. */
int ask_quietly(altview *h, enum altview_request type, const void *payload, size_t size,
                void *reply, size_t *reply_size);

/* api/ask.c: send a long request again until it is done. The payload keeps the progress at `done`;
 * it ends at `nr`. */
int ask_in_steps(altview *h, enum altview_request type, void *payload, size_t size, uint64_t *done,
                 uint64_t nr, const struct about *about);

/* api/hvmop.c: an operation and its arguments, with what it left in them. */
union altp2m_arguments {
    struct xen_hvm_altp2m_op op;
    struct {
        uint8_t envelope[offsetof(struct xen_hvm_altp2m_op, u)];
        union {
            struct altview_set_vmfunc set_vmfunc;
            struct altview_clone_view clone_view;
            struct altview_set_visibility set_visibility;
        } u;
    } own;
};
int ask_altp2m(altview *h, uint32_t command, union altp2m_arguments *a, const struct about *about);
/* The same with lists after the arguments: `size` bytes in all. */
int ask_altp2m_list(altview *h, uint32_t command, union altp2m_arguments *a, size_t size,
                    const struct about *about);

/*
 * api/fetch_list.c: altview_views and so on, without explanations. `elements` is the address of a
 * pointer to the request's elements, `view` the view of OVERRIDES.
 */
int list_get(altview *h, enum altview_request type, unsigned int view, void *elements,
             size_t *count);

/* api/domain.c: undo the handle's settings in the domain. */
void let_go(altview *h);

/* explain.c: sets the thread's error text for a failed request; returns `error`. */
int explain(altview *h, int error, const struct about *about);

/* Wire fields have 16 bits. A number that does not fit is no view and no access either. */
static inline uint16_t narrow(unsigned int number)
{
    return number < 0xfffe ? (uint16_t)number : 0xfffe;
}

#endif
