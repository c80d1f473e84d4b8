/* SPDX-License-Identifier: BSD-2-Clause */
/* Xen's interface for the guest: CPUID leaves, hypercall page, hypercalls. */
#ifndef XEN_FACE_H
#define XEN_FACE_H

#include "core/handlers.h"
#include "loader/guest.h"

#define XEN_MSR_HYPERCALL_PAGE 0x40000000U

#define XEN_PORT_STORE   1 /* the ports that xl gives a domain */
#define XEN_PORT_CONSOLE 2

#define XEN_LEAF_FIRST 0x40000000U

static inline bool xen_owns_leaf(uint32_t leaf)
{
    return leaf - XEN_LEAF_FIRST <= 0xff;
}

/* Fill EAX, EBX, ECX, EDX for one of Xen's leaves. */
void xen_cpuid(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf, uint32_t *regs);

/* False: #GP. */
bool xen_read_hypercall_msr(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool xen_write_hypercall_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* Allocate and map the pages that the guest shares with Xen. Hide the interface if the options say
 * so. */
void xen_init(struct domain *domain, const struct guest_entry *entry);

/* HVM_PARAM_* as Xen's toolstack sets them. */
void hvm_init_params(struct domain *domain);

/* The version of Xen whose interface altview speaks. */

#define XEN_FACE_MAJOR 4U
#define XEN_FACE_MINOR 17U
#define XEN_FACE_EXTRA ".0-altview"

#endif
