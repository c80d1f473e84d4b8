/* SPDX-License-Identifier: BSD-2-Clause */
#include "hvmop/call.h"

_Static_assert(sizeof(struct call_envelope) == sizeof(struct xen_hvm_altp2m_op),
               "the envelope is Xen's");
_Static_assert(offsetof(struct call_envelope, args) == offsetof(struct xen_hvm_altp2m_op, u),
               "and so is the place of the arguments");

const uint32_t call_all_cmds[] = {
    HVMOP_altp2m_get_domain_state,      HVMOP_altp2m_set_domain_state,
    HVMOP_altp2m_vcpu_enable_notify,    HVMOP_altp2m_create_p2m,
    HVMOP_altp2m_destroy_p2m,           HVMOP_altp2m_switch_p2m,
    HVMOP_altp2m_set_mem_access,        HVMOP_altp2m_change_gfn,
    HVMOP_altp2m_set_mem_access_multi,  HVMOP_altp2m_set_suppress_ve,
    HVMOP_altp2m_get_suppress_ve,       HVMOP_altp2m_get_mem_access,
    HVMOP_altp2m_vcpu_disable_notify,   HVMOP_altp2m_get_p2m_idx,
    HVMOP_altp2m_set_suppress_ve_multi, HVMOP_altp2m_set_visibility,
    HVMOP_altview_set_vmfunc,           HVMOP_altview_view_info,
    HVMOP_altview_exit_count,           HVMOP_altview_clone_view,
    HVMOP_altview_set_visibility,
};
const size_t call_all_cmds_count = COUNT(call_all_cmds);

struct call call_new(struct scene *s, uint32_t cmd)
{
    return (struct call){
        .scene = s,
        .address = CALL_ADDRESS,
        .envelope = {.version = HVMOP_ALTP2M_INTERFACE_VERSION, .cmd = cmd, .domain = DOMID_SELF},
    };
}

long call_again(struct call *c)
{
    struct sim_machine *m = &c->scene->machine;
    struct altp2m_caller caller = sim_machine_caller(m);
    long rc;

    caller.privileged = c->privileged;
    caller.compat = c->compat;
    rc = altp2m_hvmop(c->scene->d, &caller, c->address);
    sim_guest_read(&m->guest, &c->envelope, c->address, sizeof(c->envelope));
    return rc;
}

long call_make(struct call *c)
{
    uint64_t readonly = c->scene->machine.guest.readonly_from;

    c->scene->machine.guest.readonly_from = 0;
    sim_guest_write(&c->scene->machine.guest, c->address, &c->envelope, sizeof(c->envelope));
    c->scene->machine.guest.readonly_from = readonly;
    return call_again(c);
}
