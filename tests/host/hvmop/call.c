/* SPDX-License-Identifier: BSD-2-Clause */
#include "hvmop/call.h"

_Static_assert(sizeof(struct call_envelope) == sizeof(struct xen_hvm_altp2m_op),
               "the envelope is Xen's");
_Static_assert(offsetof(struct call_envelope, args) == offsetof(struct xen_hvm_altp2m_op, u),
               "and so is the place of the arguments");

#define MIXED                                                   (1U << ALTP2M_MODE_MIXED)
#define LIMITED                                                 (MIXED | 1U << ALTP2M_MODE_LIMITED)
#define KIND(number, name, structure, mode, state, back, since) {number, mode, state, back},
const struct call_kind call_kinds[] = {ALTVIEW_HVMOP_TABLE(KIND)};
const size_t call_kinds_count = COUNT(call_kinds);

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
