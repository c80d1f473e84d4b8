/* SPDX-License-Identifier: BSD-2-Clause */
/* The register values that a VM entry accepts (SDM Vol. 3C 27.3.1.1 and 27.3.1.4). */
#include "control/server.h"

#define RFLAGS_ONE     UINT64_C(0x2)
#define RFLAGS_IF      UINT64_C(0x200)
#define RFLAGS_VM      UINT64_C(0x20000)
#define RFLAGS_DEFINED UINT64_C(0x3f7fd7)
#define CS_L           0x2000U

#define SET_ALL (ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP | ALTVIEW_SET_RFLAGS | ALTVIEW_SET_CR3)

/* A linear address has 48 bits, or 57. */
static bool is_canonical(const struct control_mode *now, uint64_t address)
{
    unsigned int unused = now->cr4 & CR4_LA57 ? 7 : 16;

    return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static bool rip_is_good(const struct control_mode *now, uint64_t rip)
{
    bool wide = (now->efer & EFER_LMA) && (now->cs_rights & CS_L);

    return wide ? is_canonical(now, rip) : rip <= UINT32_MAX;
}

/* VM can't change: segments have another format in virtual-8086 mode. */
static bool rflags_are_good(const struct control_mode *now, uint64_t rflags)
{
    return !(rflags & ~RFLAGS_DEFINED) && !((rflags ^ now->rflags) & RFLAGS_VM);
}

/* With PAE paging a VM entry loads four more entries, which the new tables would have to supply. */
static int cr3_check(const struct control *c, const struct control_mode *now, uint64_t cr3)
{
    if (now->cr0 & CR0_PG && now->cr4 & CR4_PAE && !(now->efer & EFER_LMA)) {
        return -XEN_EOPNOTSUPP;
    }
    return cr3 >> c->host.physical_bits ? -XEN_EINVAL : 0;
}

/* The interrupt has left the interrupt controller, and altview can't put it back. */
static bool interrupt_needs_if(const struct control *c, unsigned int vcpu)
{
    return c->host.delivers_interrupt && c->host.delivers_interrupt(c->host.context, vcpu);
}

int registers_check(const struct control *c, unsigned int vcpu, uint32_t mask,
                    const struct altview_general *general, uint64_t cr3)
{
    struct control_mode now;

    if (mask & ~SET_ALL) {
        return -XEN_EINVAL;
    }
    c->host.get_mode(c->host.context, vcpu, &now);
    if ((mask & ALTVIEW_SET_RIP && !rip_is_good(&now, general->rip)) ||
        (mask & ALTVIEW_SET_RFLAGS && !rflags_are_good(&now, general->rflags))) {
        return -XEN_EINVAL;
    }
    if (mask & ALTVIEW_SET_RFLAGS && !(general->rflags & RFLAGS_IF) &&
        interrupt_needs_if(c, vcpu)) {
        return -XEN_EBUSY;
    }
    return mask & ALTVIEW_SET_CR3 ? cr3_check(c, &now, cr3) : 0;
}

void registers_set(const struct control *c, unsigned int vcpu, uint32_t mask,
                   const struct altview_general *general, uint64_t cr3)
{
    struct altview_general values;

    if (mask & ALTVIEW_SET_RFLAGS) {
        values = *general;
        values.rflags |= RFLAGS_ONE;
        general = &values;
    }
    c->host.set_registers(c->host.context, vcpu, mask, general, cr3);
}
