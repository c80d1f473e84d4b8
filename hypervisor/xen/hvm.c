/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_hvm_op (Xen: xen/arch/x86/hvm/hvm.c, do_hvm_op). */
#include "xen/face.h"
#include "xen/hypercall.h"

#include <altview/altp2m.h>
#include <stdint.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/xen.h>

/* What a guest may do with its own parameters (Xen: hvm_allow_get_param, hvm_allow_set_param). */
enum permission {
    NO_SUCH, /* hole or deprecated: -EINVAL */
    NEITHER, /* the toolstack's: -EPERM */
    READ,
    READ_WRITE,
};

static const uint8_t permissions[HVM_NR_PARAMS] = {
    [HVM_PARAM_CALLBACK_IRQ] = READ_WRITE,
    [HVM_PARAM_STORE_PFN] = READ,
    [HVM_PARAM_STORE_EVTCHN] = READ,
    [HVM_PARAM_CONSOLE_PFN] = READ,
    [HVM_PARAM_CONSOLE_EVTCHN] = READ,
    [HVM_PARAM_X87_FIP_WIDTH] = READ,
    [HVM_PARAM_VIRIDIAN] = NEITHER,
    [HVM_PARAM_TIMER_MODE] = NEITHER,
    [HVM_PARAM_HPET_ENABLED] = NEITHER,
    [HVM_PARAM_IDENT_PT] = NEITHER,
    [HVM_PARAM_ACPI_S_STATE] = NEITHER,
    [HVM_PARAM_VM86_TSS] = NEITHER,
    [HVM_PARAM_VPT_ALIGN] = NEITHER,
    [HVM_PARAM_ACPI_IOPORTS_LOCATION] = NEITHER,
    [HVM_PARAM_PAGING_RING_PFN] = NEITHER,
    [HVM_PARAM_MONITOR_RING_PFN] = NEITHER,
    [HVM_PARAM_SHARING_RING_PFN] = NEITHER,
    [HVM_PARAM_TRIPLE_FAULT_REASON] = NEITHER,
    [HVM_PARAM_IOREQ_SERVER_PFN] = NEITHER,
    [HVM_PARAM_NR_IOREQ_SERVER_PAGES] = NEITHER,
    [HVM_PARAM_VM_GENERATION_ID_ADDR] = NEITHER,
    [HVM_PARAM_ALTP2M] = NEITHER,
    [HVM_PARAM_VM86_TSS_SIZED] = NEITHER,
    [HVM_PARAM_MCA_CAP] = NEITHER,
};

static uint64_t parameter(const struct xen_state *xen, uint32_t index)
{
    switch (index) {
    case HVM_PARAM_CALLBACK_IRQ:
        return xen->callback;
    case HVM_PARAM_STORE_PFN:
        return xen->store_gfn;
    case HVM_PARAM_STORE_EVTCHN:
        return XEN_PORT_STORE;
    case HVM_PARAM_CONSOLE_PFN:
        return xen->console_gfn;
    case HVM_PARAM_CONSOLE_EVTCHN:
        return XEN_PORT_CONSOLE;
    case HVM_PARAM_X87_FIP_WIDTH:
        return 8; /* nothing here saves x87 state: as on the CPU */
    default:
        return 0;
    }
}

/* Fetch the arguments and check them in Xen's order. */
static int fetch(const struct hypercall *call, struct xen_hvm_param *a, enum permission needed)
{
    if (copy_in(call, a, argument(call, 1), sizeof(*a))) {
        return -XEN_EFAULT;
    }
    if (a->index >= HVM_NR_PARAMS) {
        return -XEN_EINVAL;
    }
    if (!names_caller(a->domid)) {
        return -XEN_ESRCH;
    }
    if (permissions[a->index] == NO_SUCH) {
        return -XEN_EINVAL;
    }
    return permissions[a->index] >= needed ? 0 : -XEN_EPERM;
}

static long get_param(const struct hypercall *call)
{
    struct xen_hvm_param a;
    int rc = fetch(call, &a, READ);

    if (rc) {
        return rc;
    }
    a.value = parameter(&call->vcpu->domain->xen, a.index);
    return copy_out(call, argument(call, 1), &a, sizeof(a));
}

static long set_param(const struct hypercall *call)
{
    struct xen_hvm_param a;
    int rc = fetch(call, &a, READ_WRITE);

    if (!rc) {
        call->vcpu->domain->xen.callback = a.value;
    }
    return rc;
}

static long altp2m(const struct hypercall *call)
{
    const struct altp2m_caller caller = {
        .privileged = false, .compat = call->compat, .vcpu = call->vcpu->altp2m};

    return altp2m_hvmop(&call->vcpu->domain->altp2m, &caller, argument(call, 1));
}

static hypercall_handler *const operations[] = {
    [HVMOP_set_param] = set_param,
    [HVMOP_get_param] = get_param,
    [HVMOP_altp2m] = altp2m,
};

long hypercall_hvm(const struct hypercall *call)
{
    uint64_t operation = argument(call, 0);

    if (operation >= sizeof(operations) / sizeof(operations[0]) || !operations[operation]) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call);
}
