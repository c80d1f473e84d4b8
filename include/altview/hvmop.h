/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * altview's extensions to HVMOP_altp2m, for guests and tools.
 *
 * They travel in the same envelope as Xen's own sub-operations (struct xen_hvm_altp2m_op in
 * <xen/hvm/hvm_op.h>: version, cmd, domain, pads, then 64 bytes of arguments) and pass the same
 * checks in the same order: Xen answers -EOPNOTSUPP to every one of them, so a guest can probe.
 * All structures have the same layout for 32-bit and 64-bit callers.
 */
#ifndef ALTVIEW_HVMOP_H
#define ALTVIEW_HVMOP_H

#include <stdint.h>

/*
 * Every sub-operation: its number, its name after HVMOP_, its structure in the envelope, in which
 * modes the guest itself may call it (a privileged caller may in each but "disabled"), whether it
 * works while altp2m is off, what the caller gets back, and the first Xen, or altview, that has it.
 * docs/reference/xen-compat.md has the same tables, and a test checks that.
 *
 * mode: MIXED, or LIMITED: in limited mode too. state: ON, or ALWAYS: while altp2m is off too.
 * back: NOTHING; WHOLE: the structure, once it is done; LEFT: progress in the last 8 bytes of the
 * envelope, if the caller is to call again; OPAQUE: progress in the list's `opaque`.
 */
/* clang-format off */
#define ALTVIEW_HVMOPS_OF_XEN(row)                                                                 \
    row(1, altp2m_get_domain_state, xen_hvm_altp2m_domain_state, MIXED, ALWAYS, WHOLE, "4.6")      \
    row(2, altp2m_set_domain_state, xen_hvm_altp2m_domain_state, MIXED, ALWAYS, LEFT, "4.6")       \
    row(3, altp2m_vcpu_enable_notify, xen_hvm_altp2m_vcpu_enable_notify, LIMITED, ON, NOTHING,     \
        "4.6")                                                                                     \
    row(4, altp2m_create_p2m, xen_hvm_altp2m_view, MIXED, ON, WHOLE, "4.6")                        \
    row(5, altp2m_destroy_p2m, xen_hvm_altp2m_view, MIXED, ON, LEFT, "4.6")                        \
    row(6, altp2m_switch_p2m, xen_hvm_altp2m_view, MIXED, ON, NOTHING, "4.6")                      \
    row(7, altp2m_set_mem_access, xen_hvm_altp2m_mem_access, MIXED, ON, NOTHING, "4.6")            \
    row(8, altp2m_change_gfn, xen_hvm_altp2m_change_gfn, MIXED, ON, NOTHING, "4.6")                \
    row(9, altp2m_set_mem_access_multi, xen_hvm_altp2m_set_mem_access_multi, MIXED, ON, OPAQUE,    \
        "4.11")                                                                                    \
    row(10, altp2m_set_suppress_ve, xen_hvm_altp2m_suppress_ve, MIXED, ON, NOTHING, "4.12")        \
    row(11, altp2m_get_suppress_ve, xen_hvm_altp2m_suppress_ve, MIXED, ON, WHOLE, "4.12")          \
    row(12, altp2m_get_mem_access, xen_hvm_altp2m_mem_access, MIXED, ON, WHOLE, "4.12")            \
    row(13, altp2m_vcpu_disable_notify, xen_hvm_altp2m_vcpu_disable_notify, MIXED, ON, NOTHING,    \
        "4.12")                                                                                    \
    row(14, altp2m_get_p2m_idx, xen_hvm_altp2m_get_vcpu_p2m_idx, MIXED, ON, WHOLE, "4.13")         \
    row(15, altp2m_set_suppress_ve_multi, xen_hvm_altp2m_suppress_ve_multi, MIXED, ON, WHOLE,      \
        "4.14")                                                                                    \
    row(16, altp2m_set_visibility, xen_hvm_altp2m_set_visibility, MIXED, ON, NOTHING, "4.14")

#define ALTVIEW_HVMOPS_OF_ITS_OWN(row)                                                             \
    row(0x100, altview_set_vmfunc, altview_set_vmfunc, MIXED, ON, NOTHING, "0.1")                  \
    row(0x101, altview_view_info, altview_view_info, MIXED, ON, WHOLE, "0.1")                      \
    row(0x102, altview_exit_count, altview_exit_count, MIXED, ON, WHOLE, "0.1")                    \
    row(0x103, altview_clone_view, altview_clone_view, MIXED, ON, WHOLE, "0.1")                    \
    row(0x104, altview_set_visibility, altview_set_visibility, MIXED, ON, NOTHING, "0.1")
/* clang-format on */

#define ALTVIEW_HVMOP_TABLE(row) ALTVIEW_HVMOPS_OF_XEN(row) ALTVIEW_HVMOPS_OF_ITS_OWN(row)

#define ALTVIEW_HVMOP_NUMBER(number, name, ...) HVMOP_##name = (number),
enum altview_hvmop { ALTVIEW_HVMOPS_OF_ITS_OWN(ALTVIEW_HVMOP_NUMBER) };

/*
 * Calls without an envelope, for operations that guests call often: HVMOP_altview_direct is another
 * operation of HYPERVISOR_hvm_op, next to HVMOP_altp2m. All arguments are in registers: the call
 * neither reads nor writes the guest's memory. The domain is the caller's own. The checks, their
 * order and the codes are those of a call with an envelope, except -EFAULT, which can't occur. The
 * result is the value that the envelope would carry back.
 *
 *     argument 1        HVMOP_altview_direct(HVMOP_altp2m_*, view)
 *     the parameters    64-bit: arguments 2 and 3; 32-bit: 2 and 3, 4 and 5, low half first
 *
 *                         first parameter   second          result
 *     switch_p2m          -                 -               0
 *     set_visibility      0: hide           -               0
 *     get_p2m_idx         vCPU              -               its view; argument 1's view is not used
 *     set_mem_access      gfn               xenmem_access_t 0
 *     get_mem_access      gfn               -               xenmem_access_t
 *     set_suppress_ve     gfn               0: don't        0
 *     change_gfn          gfn               gfn, or ~0      0
 *
 * Others: -EOPNOTSUPP. HVMOP_altview_direct_probe as argument 1 returns, in every mode, the
 * operations that exist: bit n stands for HVMOP_altp2m_* of number n. Xen, and an older altview:
 * -ENOSYS.
 */
#define HVMOP_altview_direct(cmd, view) ((uint32_t)(view) << 16 | 0x4180U | (cmd))
#define HVMOP_altview_direct_probe      0x41ffU

/*
 * Change views by a hypercall that does what VMFUNC does. Where VMFUNC itself takes a VM exit, this
 * is shorter. It is a separate hypercall: VMCALL on Intel CPUs, VMMCALL on AMD ones, without the
 * hypercall page, at any privilege level.
 *
 *     EAX    ALTVIEW_HYPERCALL_switch
 *     ECX    the view
 *
 * Result in EAX, in 64-bit code RAX: 0, and the next instruction is fetched through the view.
 * Nothing else changes. -EINVAL: the view is not visible to the vCPU. VMFUNC would be #UD, and a
 * monitor gets the same event. -EOPNOTSUPP: VMFUNC is off. Xen, and an older altview: -ENOSYS.
 */
#define ALTVIEW_HYPERCALL_switch 0x41560000U

/* Further bits of HVMOP_altview_direct_probe's result. */
#define ALTVIEW_PROBE_SWITCH       0x01000000 /* ALTVIEW_HYPERCALL_switch exists */
#define ALTVIEW_PROBE_VMFUNC_EXITS 0x02000000 /* each VMFUNC takes a VM exit */
#define ALTVIEW_PROBE_VE_EXITS     0x04000000 /* each #VE takes one */

/*
 * HVMOP_altview_set_vmfunc
 * Enable or disable VMFUNC on a vCPU, without #VE. Xen enables VMFUNC only together with #VE
 * (HVMOP_altp2m_vcpu_enable_notify). Disabling it while #VE is on does not change #VE.
 *
 * Errors: -EINVAL for a pad that is not zero or a vCPU that does not exist.
 */
struct altview_set_vmfunc {
    uint32_t vcpu_id;
    uint8_t enable;
    uint8_t pad[3];
};

/*
 * HVMOP_altview_view_info
 * Describe one view. Ask for index 0 upwards until -ERANGE: a slot that holds no live view answers
 * 0 with `live` clear and the rest zero.
 *
 * Errors: -EINVAL for a pad that is not zero, -ERANGE for an index beyond the table of views.
 */
struct altview_view_info {
    uint16_t view;           /* IN */
    uint8_t live;            /* OUT: 1 if the view exists */
    uint8_t visible;         /* OUT: ALTVIEW_HIDDEN, ALTVIEW_VISIBLE, ALTVIEW_VISIBLE_TO_SOME */
    uint16_t default_access; /* OUT: xenmem_access_t of every gfn without an override */
    uint16_t pad;
    uint32_t overrides;   /* OUT: gfns whose access, suppress-#VE or page differ from the default */
    uint32_t remaps;      /* OUT: how many of the overrides show another page (change_gfn) */
    uint32_t table_pages; /* OUT: 4 KiB pages that only this view uses */
    uint32_t vcpus;       /* OUT: vCPUs whose current view this is */
};
#define ALTVIEW_HIDDEN          0 /* from every vCPU */
#define ALTVIEW_VISIBLE         1 /* to every vCPU: VMFUNC and switch_p2m may reach it */
#define ALTVIEW_VISIBLE_TO_SOME 2 /* VMFUNC of some vCPUs may, switch_p2m may not */

/*
 * HVMOP_altview_exit_count
 * Read how often a vCPU has left the guest for one reason (SDM Vol. 3C, appendix C: basic exit
 * reasons), or in all with ALTVIEW_EXIT_ALL. The call itself is a VMCALL exit and counts.
 *
 * Errors: -EINVAL for a vCPU that does not exist or a reason beyond the last known one.
 */
#define ALTVIEW_EXIT_ALL 0xffffffffU
struct altview_exit_count {
    uint32_t vcpu_id; /* IN */
    uint32_t reason;  /* IN */
    uint64_t count;   /* OUT */
};

/*
 * HVMOP_altview_clone_view
 * Make a view with all settings of another: default access, overrides, remaps. The new one is
 * visible.
 *
 * Errors: -EINVAL for a pad that is not zero, a view that is not live, or no free slot; -ENOMEM.
 */
struct altview_clone_view {
    uint16_t from; /* IN */
    uint16_t view; /* OUT */
    uint32_t pad;
};

/*
 * HVMOP_altview_set_visibility
 * Hide a view from VMFUNC, or show it, for one vCPU or for all. If evict_to names a view, move the
 * vCPUs that are in the hidden view there at once. Xen's HVMOP_altp2m_set_visibility is for all
 * vCPUs and moves none.
 *
 * With evict_to, those of the named vCPUs that are in the view go on in evict_to. When the call
 * returns, none of them runs in the view any more, and none can enter it by VMFUNC. A view hidden
 * from all vCPUs that way is empty, and can be destroyed.
 *
 * Errors: -EINVAL for a pad that is not zero, a vCPU that does not exist, a view that is not live;
 * for an evict_to that is the view itself, is not live, or is not visible to each of the named
 * vCPUs, wherever they are; and for any evict_to when the view is shown. After an error nothing has
 * changed.
 */
#define ALTVIEW_VCPU_ALL   0xffffffffU
#define ALTVIEW_EVICT_NONE 0xffffU
struct altview_set_visibility {
    uint16_t view;
    uint8_t visible; /* 0: hide; else: show */
    uint8_t pad1;
    uint32_t vcpu_id;  /* or ALTVIEW_VCPU_ALL */
    uint16_t evict_to; /* a view, or ALTVIEW_EVICT_NONE */
    uint16_t pad2[3];
};

#endif
