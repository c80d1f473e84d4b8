/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the HVMOP_altp2m dispatcher. */
#ifndef HVMOP_H
#define HVMOP_H

#include "engine.h"

#include <altview/hvmop.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define HVMOP_MEMBER(number, name, structure, ...) struct structure name;
/* Xen's envelope with altview's arguments in addition to Xen's. */
union hvmop_envelope {
    struct xen_hvm_altp2m_op xen;
    struct {
        uint8_t envelope[offsetof(struct xen_hvm_altp2m_op, u)];
        union {
            ALTVIEW_HVMOPS_OF_ITS_OWN(HVMOP_MEMBER)
            /* Progress of operations for which Xen keeps none. By it a caller sees that the
             * operation advances. */
            struct {
                uint8_t used[56];
                uint64_t left;
            } progress;
        } u;
    } altview;
};

/* A hypercall in progress. */
struct hvmop_call {
    struct altp2m_domain *d;
    const struct altp2m_caller *caller;
    union hvmop_envelope op;
};

static inline int caller_read(const struct altp2m_caller *c, void *to, uint64_t from, size_t size)
{
    return c->read(c->context, to, from, size);
}

static inline int caller_write(const struct altp2m_caller *c, uint64_t to, const void *from,
                               size_t size)
{
    return c->write(c->context, to, from, size);
}

/* How much a list operation does before it lets interrupts in: elements, elements that take the
 * long way, and tables. One table takes as long as many elements. */
#define HVMOP_BATCH        ALTP2M_BATCH_ELEMENTS
#define HVMOP_BATCH_SLOW   256
#define HVMOP_BATCH_TABLES 8

/* hvmop.c: shared by calls with and without an envelope. */
int hvmop_set_access(struct altp2m_domain *d, unsigned int view, uint64_t gfn, unsigned int access);
/* The index of the view that the vCPU is in. `vcpu` NULL: -XEN_EINVAL. */
long hvmop_view_of(struct altp2m_domain *d, const struct altp2m_caller *caller,
                   const struct altp2m_vcpu *vcpu);

/* One sub-operation, as <altview/hvmop.h> has it. */
struct hvmop {
    long (*handle)(struct hvmop_call *c);
    uint8_t guest_in;     /* modes in which the guest itself may call it, by bits 1 << mode; not
                           * DISABLED */
    bool when_off;        /* allowed while altp2m is not active */
    uint8_t offset, size; /* of what the guest gets back, in the envelope */
    bool only_progress;   /* it gets that only if it must call again */
};
#define HVMOP_IN_MIXED   (1U << ALTP2M_MODE_MIXED)
#define HVMOP_IN_LIMITED (HVMOP_IN_MIXED | 1U << ALTP2M_MODE_LIMITED)
#define HVMOP_ON         false
#define HVMOP_ALWAYS     true

#define HVMOPS_OF_XEN 32U /* a power of two: an index is clamped to it */

#define HVMOP_HANDLER(number, name, ...) long hvmop_##name(struct hvmop_call *c);
ALTVIEW_HVMOP_TABLE(HVMOP_HANDLER)

static inline struct altp2m_vcpu *hvmop_vcpu(const struct altp2m_domain *d, uint32_t id)
{
    const struct altp2m_config *config = &d->config;
    return id < config->vcpu_count ? &config->vcpus[altp2m_clamp(id, config->vcpu_count)] : NULL;
}

/* Whether the caller may make a call now. Xen: xsm_hvm_altp2mhvm_op. */
static inline int hvmop_admit(const struct altp2m_domain *d, const struct altp2m_caller *caller,
                              bool when_off, unsigned int guest_in)
{
    enum altp2m_mode mode = d->config.mode;

    if (!when_off && !d->active)
        return -XEN_EOPNOTSUPP;
    if (guest_in >> mode & 1)
        return 0;
    if (mode == ALTP2M_MODE_DISABLED)
        return -XEN_EINVAL;
    return caller->privileged ? 0 : -XEN_EPERM;
}

#endif
