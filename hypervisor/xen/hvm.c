/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_hvm_op (Xen: xen/arch/x86/hvm/hvm.c, do_hvm_op). */
#include "base/index.h"
#include "vmx/vmx.h"
#include "xen/face.h"
#include "xen/hypercall.h"

#include <altview/altp2m.h>
#include <stdint.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/xen.h>

/*
 * What a guest may do with its own parameters (Xen: hvm_allow_get_param, hvm_allow_set_param); all
 * others are the toolstack's.
 */
enum permission { NONE, READ, READ_WRITE };

_Static_assert(HVM_NR_PARAMS == XEN_PARAMS, "the domain has room for every parameter");

static const uint8_t permissions[HVM_NR_PARAMS] = {
    [HVM_PARAM_CALLBACK_IRQ] = READ_WRITE,   [HVM_PARAM_STORE_PFN] = READ,
    [HVM_PARAM_STORE_EVTCHN] = READ_WRITE,   [HVM_PARAM_CONSOLE_PFN] = READ,
    [HVM_PARAM_CONSOLE_EVTCHN] = READ_WRITE, [HVM_PARAM_ALTP2M] = READ,
    [HVM_PARAM_X87_FIP_WIDTH] = READ,
};

void hvm_init_params(struct domain *domain)
{
    uint64_t *params = domain->xen.params;

    params[HVM_PARAM_STORE_PFN] = domain->xen.store_gfn;
    params[HVM_PARAM_STORE_EVTCHN] = XEN_PORT_STORE;
    params[HVM_PARAM_CONSOLE_PFN] = domain->xen.console_gfn;
    params[HVM_PARAM_CONSOLE_EVTCHN] = XEN_PORT_CONSOLE;
    params[HVM_PARAM_ALTP2M] = domain->boot->options.mode;
    params[HVM_PARAM_X87_FIP_WIDTH] = 8; /* nothing here saves x87 state: as on the CPU */
}

/* Fetch the arguments and check them in Xen's order. */
static int fetch(const struct hypercall *call, struct xen_hvm_param *a, size_t *index,
                 enum permission needed)
{
    if (copy_in(call, a, argument(call, 1), sizeof(*a))) {
        return -XEN_EFAULT;
    }
    *index = a->index;
    if (!index_clamp(index, HVM_NR_PARAMS)) {
        return -XEN_EINVAL;
    }
    if (!names_caller(a->domid)) {
        return -XEN_ESRCH;
    }
    return permissions[*index] >= needed ? 0 : -XEN_EPERM;
}

static long get_param(const struct hypercall *call)
{
    struct xen_hvm_param a;
    size_t index;
    int rc = fetch(call, &a, &index, READ);

    if (rc) {
        return rc;
    }
    a.value = call->vcpu->domain->xen.params[index];
    return copy_out(call, argument(call, 1), &a, sizeof(a));
}

static long set_param(const struct hypercall *call)
{
    struct xen_hvm_param a;
    size_t index;
    int rc = fetch(call, &a, &index, READ_WRITE);

    if (!rc) {
        call->vcpu->domain->xen.params[index] = a.value;
    }
    return rc;
}

static long altp2m(const struct hypercall *call)
{
    struct vcpu *vcpu = call->vcpu;

    vcpu->as_caller.compat = call->abi->compat;
    return altp2m_hvmop(&vcpu->domain->altp2m, &vcpu->as_caller, argument(call, 1));
}

static hypercall_handler *const operations[] = {
    [HVMOP_set_param] = set_param,
    [HVMOP_get_param] = get_param,
    [HVMOP_altp2m] = altp2m,
};

long hypercall_hvm(const struct hypercall *call)
{
    size_t operation = argument(call, 0);

    if (!index_clamp(&operation, INDEX_COUNT(operations)) || !operations[operation]) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call);
}
