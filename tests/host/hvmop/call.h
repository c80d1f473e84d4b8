/* SPDX-License-Identifier: BSD-2-Clause */
/* HVMOP_altp2m calls as a guest or a privileged caller makes them, 64-bit or 32-bit. */
#ifndef HVMOP_CALL_H
#define HVMOP_CALL_H

#include "unit/scene.h"

#include <altview/hvmop.h>
#include <xen/hvm/hvm_op.h>
#include <xen/xen.h>

#define CALL_ADDRESS SIM_GUEST_BASE

/* Arguments of every sub-operation, Xen's and altview's. */
union call_args {
    uint8_t bytes[64];
    struct xen_hvm_altp2m_domain_state domain_state;
    struct xen_hvm_altp2m_vcpu_enable_notify enable_notify;
    struct xen_hvm_altp2m_vcpu_disable_notify disable_notify;
    struct xen_hvm_altp2m_view view;
    struct xen_hvm_altp2m_mem_access mem_access;
    struct xen_hvm_altp2m_change_gfn change_gfn;
    struct xen_hvm_altp2m_set_mem_access_multi set_mem_access_multi;
    struct xen_hvm_altp2m_suppress_ve suppress_ve;
    struct xen_hvm_altp2m_suppress_ve_multi suppress_ve_multi;
    struct xen_hvm_altp2m_get_vcpu_p2m_idx get_p2m_idx;
    struct xen_hvm_altp2m_set_visibility set_visibility;
    struct altview_set_vmfunc set_vmfunc;
    struct altview_view_info view_info;
    struct altview_exit_count exit_count;
    struct altview_clone_view clone_view;
    struct altview_set_visibility visibility;
};

/* The call in guest memory: the envelope of <xen/hvm/hvm_op.h>. */
struct call_envelope {
    uint32_t version, cmd;
    uint16_t domain, pad1;
    uint32_t pad2;
    union call_args args;
};

/* The caller, in addition to the call. */
struct call {
    struct scene *scene;
    bool privileged, compat;
    uint64_t address;
    struct call_envelope envelope;
};

/* A correct call by the guest itself; a test changes its subject. */
struct call call_new(struct scene *s, uint32_t cmd);
/* Writes the envelope to guest memory, calls, and reads back its new contents. */
long call_make(struct call *c);
/* The same with the present guest memory. */
long call_again(struct call *c);

/* All sub-operations, as in <altview/hvmop.h>. */
enum call_state { ALWAYS, ON };
enum call_back { NOTHING, WHOLE, LEFT, OPAQUE };
struct call_kind {
    uint32_t cmd;
    uint32_t guest_in; /* modes in which the guest itself may call, by bits 1 << mode */
    enum call_state state;
    enum call_back back;
};
extern const struct call_kind call_kinds[];
extern const size_t call_kinds_count;

#endif
