/* SPDX-License-Identifier: BSD-2-Clause */
/* xc_monitor_*: which events of a domain go to its ring. */
#define XC_WANT_COMPAT_DEVICEMODEL_API
#include "toolstack/xen/ring.h"
#include "xc.h"

#include <errno.h>

#include <xen/vm_event.h>

void *xc_monitor_enable(xc_interface *xch, uint32_t domain_id, uint32_t *port)
{
    int number = 0;
    void *page = xc_domain(xch, domain_id) ? altview_xen_ring_open(domain_id, &number) : NULL;

    if (page) {
        *port = (uint32_t)number;
    }
    return page;
}

int xc_monitor_disable(xc_interface *xch, uint32_t domain_id)
{
    return xc_domain(xch, domain_id) ? xc_result(altview_xen_ring_close(domain_id)) : -1;
}

/* Responses are taken when the program notifies. */
int xc_monitor_resume(xc_interface *xch, uint32_t domain_id)
{
    return xc_domain(xch, domain_id) ? 0 : -1;
}

int xc_vm_event_get_version(xc_interface *xch)
{
    (void)xch;
    return VM_EVENT_INTERFACE_VERSION;
}

int xc_monitor_get_capabilities(xc_interface *xch, uint32_t domain_id, uint32_t *capabilities)
{
    *capabilities = 1U << XEN_DOMCTL_MONITOR_EVENT_SINGLESTEP |
                    1U << XEN_DOMCTL_MONITOR_EVENT_SOFTWARE_BREAKPOINT |
                    1U << XEN_DOMCTL_MONITOR_EVENT_WRITE_CTRLREG |
                    1U << XEN_DOMCTL_MONITOR_EVENT_MOV_TO_MSR;
    return xc_domain(xch, domain_id) ? 0 : -1;
}

static int want(xc_interface *xch, uint32_t domid, unsigned int type, bool enable)
{
    return xc_domain(xch, domid) ? xc_result(altview_xen_ring_want(domid, type, enable)) : -1;
}

int xc_monitor_singlestep(xc_interface *xch, uint32_t domain_id, bool enable)
{
    return want(xch, domain_id, ALTVIEW_EVENT_SINGLE_STEP, enable);
}

int xc_monitor_software_breakpoint(xc_interface *xch, uint32_t domain_id, bool enable)
{
    return want(xch, domain_id, ALTVIEW_EVENT_BREAKPOINT, enable);
}

/* Only changes are events, as in Xen, whatever `onchangeonly` says: `value ^ old` without the bits
 * of the mask must not be 0 (hvm_monitor_cr, xen/arch/x86/hvm/monitor.c). */
int xc_monitor_write_ctrlreg(xc_interface *xch, uint32_t domain_id, uint16_t index, bool enable,
                             bool sync, uint64_t bitmask, bool onchangeonly)
{
    (void)onchangeonly;
    return xc_domain(xch, domain_id)
               ? xc_result(altview_xen_ring_want_register(domain_id, index, enable, sync, bitmask))
               : -1;
}

int xc_monitor_mov_to_msr(xc_interface *xch, uint32_t domain_id, uint32_t msr, bool enable,
                          bool onchangeonly)
{
    return xc_domain(xch, domain_id)
               ? xc_result(altview_xen_ring_want_msr(domain_id, msr, enable, onchangeonly))
               : -1;
}

/* Accept requests for events that never happen here. altview steps instructions and does not
 * emulate them. It reports no faults of the guest's own page tables, which this call would
 * reduce. */
int xc_monitor_emul_unimplemented(xc_interface *xch, uint32_t domain_id, bool enable)
{
    (void)enable;
    return xc_domain(xch, domain_id) ? 0 : -1;
}

int xc_monitor_inguest_pagefault(xc_interface *xch, uint32_t domain_id, bool disable)
{
    (void)disable;
    return xc_domain(xch, domain_id) ? 0 : -1;
}

int xc_hvm_inject_trap(xc_interface *xch, uint32_t domid, int vcpu, uint8_t vector, uint8_t type,
                       uint32_t error_code, uint8_t insn_len, uint64_t cr2)
{
    (void)type;
    (void)insn_len;
    if (!xc_domain(xch, domid)) {
        return -1;
    }
    /* ~0: none (xen/include/public/hvm/hvm_op.h, HVMOP_TRAP) */
    return xc_result(altview_xen_ring_inject(domid, (uint32_t)vcpu, vector,
                                             error_code == ~0U ? 0 : error_code, cr2));
}
