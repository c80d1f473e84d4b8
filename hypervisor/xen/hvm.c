/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_hvm_op (Xen: xen/arch/x86/hvm/hvm.c, do_hvm_op). */
#include "base/index.h"
#include "core/domain.h"
#include "xen/events/upcall.h"
#include "xen/face.h"
#include "xen/hypercall.h"
#include "xen/shared_info.h"

#include <altview/altp2m.h>
#include <altview/hvmop.h>
#include <stdint.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/xen.h>

/*
 * The guest's rights for its own parameters (Xen: hvm_allow_get_param, hvm_allow_set_param); all
 * others are the toolstack's. Those marked GONE are no longer used.
 */
enum permission { NONE, READ, READ_WRITE, GONE };

_Static_assert(HVM_NR_PARAMS == XEN_PARAMS, "the domain has room for every parameter");

static const uint8_t permissions[HVM_NR_PARAMS] = {
    [HVM_PARAM_CALLBACK_IRQ] = READ_WRITE,
    [HVM_PARAM_STORE_PFN] = READ,
    [HVM_PARAM_STORE_EVTCHN] = READ_WRITE,
    [HVM_PARAM_PAE_ENABLED] = GONE,
    [HVM_PARAM_DM_DOMAIN] = GONE,
    [HVM_PARAM_VM86_TSS] = READ_WRITE,
    [HVM_PARAM_CONSOLE_PFN] = READ,
    [HVM_PARAM_CONSOLE_EVTCHN] = READ_WRITE,
    [HVM_PARAM_ACPI_IOPORTS_LOCATION] = READ_WRITE,
    [HVM_PARAM_MEMORY_EVENT_CR0... HVM_PARAM_BUFIOREQ_EVTCHN] = GONE,
    [HVM_PARAM_MEMORY_EVENT_MSR] = GONE,
    [HVM_PARAM_VM_GENERATION_ID_ADDR] = READ_WRITE,
    [HVM_PARAM_ALTP2M] = READ,
    [HVM_PARAM_X87_FIP_WIDTH] = READ_WRITE,
    [HVM_PARAM_VM86_TSS_SIZED] = READ_WRITE,
};

void hvm_init_params(struct domain *domain)
{
    uint64_t *params = domain->xen.params;

    params[HVM_PARAM_STORE_PFN] = domain->xen.store_gfn;
    params[HVM_PARAM_STORE_EVTCHN] = XEN_PORT_STORE;
    params[HVM_PARAM_CONSOLE_PFN] = domain->xen.console_gfn;
    params[HVM_PARAM_CONSOLE_EVTCHN] = XEN_PORT_CONSOLE;
    params[HVM_PARAM_ALTP2M] = domain->boot->options.mode;
    params[HVM_PARAM_X87_FIP_WIDTH] = 8; /* altview does not save x87 state: as on the CPU */
}

/* Fetch the arguments and check them in Xen's order. */
static int fetch(const struct hypercall *call, struct xen_hvm_param *a, size_t *index,
                 enum permission needed)
{
    int rc;

    if (copy_in(call, a, argument(call, 1), sizeof(*a))) {
        return -XEN_EFAULT;
    }
    *index = a->index;
    if (!index_clamp(index, HVM_NR_PARAMS)) {
        return -XEN_EINVAL;
    }
    rc = check_domain(a->domid, -XEN_EINVAL);
    if (rc) {
        return rc;
    }
    if (permissions[*index] == GONE) {
        return -XEN_EINVAL;
    }
    return permissions[*index] >= needed ? 0 : -XEN_EPERM;
}

static long get_param(const struct hypercall *call)
{
    const uint64_t *params = call->vcpu->domain->xen.params;
    struct xen_hvm_param a;
    size_t index;
    int rc = fetch(call, &a, &index, READ);

    if (rc) {
        return rc;
    }
    a.value =
        index == HVM_PARAM_VM86_TSS ? (uint32_t)params[HVM_PARAM_VM86_TSS_SIZED] : params[index];
    return copy_out(call, argument(call, 1), &a, sizeof(a));
}

#define CALLBACK_TYPE_SHIFT 56
#define LEAST_VECTOR                                                                               \
    0x10 /* the first vector of an upcall by the APIC: lower ones are
                                  * illegal there */

/* Sizes of the TSS for virtual-8086 mode, in the upper half of the value: Xen needs one for real
 * mode on old CPUs, and sets HVM_PARAM_VM86_TSS in terms of the other. */
#define TSS_LEAST   UINT64_C(104)
#define TSS_DEFAULT UINT64_C(128)
#define TSS_MOST    (TSS_LEAST + 32 + 8192 + 1)

static int set_tss(uint64_t *params, uint64_t base, uint64_t size)
{
    if (size < TSS_LEAST) {
        return -XEN_EINVAL;
    }
    params[HVM_PARAM_VM86_TSS_SIZED] = base | (size < TSS_MOST ? size : TSS_MOST) << 32;
    return 0;
}

/* Store a value, with Xen's checks and changes of some (hvm_set_param). */
static int store(uint64_t *params, size_t index, uint64_t value)
{
    switch (index) {
    case HVM_PARAM_ACPI_IOPORTS_LOCATION:
        return -XEN_ENODEV; /* a PVH guest has no power management */
    case HVM_PARAM_X87_FIP_WIDTH:
        if (value != 0 && value != 4 && value != 8) {
            return -XEN_EINVAL;
        }
        break;
    case HVM_PARAM_VM86_TSS:
        return value >> 32 ? -XEN_EINVAL : set_tss(params, value, TSS_DEFAULT);
    case HVM_PARAM_VM86_TSS_SIZED:
        return set_tss(params, (uint32_t)value, value >> 32);
    default:
        break;
    }
    params[index] = value;
    return 0;
}

/* Setting it gives shared_info the caller's width. From a PVH guest, which has neither PIC nor I/O
 * APIC, Xen accepts a vector, and ignores all other kinds (hvm_set_callback_via). */
static void set_callback(const struct hypercall *call, uint64_t via)
{
    struct domain *domain = call->vcpu->domain;

    shared_info_latch(domain, call->abi->compat);
    if (via >> CALLBACK_TYPE_SHIFT != HVM_PARAM_CALLBACK_TYPE_VECTOR) {
        return;
    }
    domain->xen.callback = XEN_CALLBACK_SET | (uint8_t)via;
    for (unsigned int i = 0; i < domain->vcpu_count; i++) {
        if (!domain->vcpus[i]->xen.vector) { /* the other vCPUs have had their upcalls */
            upcall_want(domain->vcpus[i]);
        }
    }
}

static long set_param(const struct hypercall *call)
{
    struct xen_hvm_param a;
    size_t index;
    int rc = fetch(call, &a, &index, READ_WRITE);

    if (!rc) {
        rc = store(call->vcpu->domain->xen.params, index, a.value);
    }
    if (!rc && index == HVM_PARAM_CALLBACK_IRQ) {
        set_callback(call, a.value);
    }
    return rc;
}

static long set_upcall_vector(const struct hypercall *call)
{
    const struct domain *domain = call->vcpu->domain;
    struct xen_hvm_evtchn_upcall_vector a;
    size_t id;

    if (copy_in(call, &a, argument(call, 1), sizeof(a))) {
        return -XEN_EFAULT;
    }
    if (a.vector < LEAST_VECTOR) {
        return -XEN_EINVAL;
    }
    id = a.vcpu;
    if (!index_clamp(&id, domain->vcpu_count)) {
        return -XEN_ENOENT;
    }
    domain->vcpus[id]->xen.vector = a.vector;
    upcall_want(domain->vcpus[id]);
    return 0;
}

static long altp2m(const struct hypercall *call)
{
    struct vcpu *vcpu = call->vcpu;

    vcpu->as_caller.compat = call->abi->compat;
    return altp2m_hvmop(&vcpu->domain->altp2m, &vcpu->as_caller, argument(call, 1));
}

static hypercall_handler *const operations[] = {
    [HVMOP_set_evtchn_upcall_vector] = set_upcall_vector,
    [HVMOP_set_param] = set_param,
    [HVMOP_get_param] = get_param,
    [HVMOP_altp2m] = altp2m,
};

#define DIRECT_MARK 0x4180U
#define DIRECT_CMD  0x7fU

/* Two 32-bit registers are a parameter of a call without an envelope. */
static uint64_t both_halves(const struct hypercall *call, unsigned int number)
{
    return argument(call, number) | argument(call, number + 1) << 32;
}

static long probe(const struct domain *domain)
{
    const struct cpu_capabilities *cpu = &domain->boot->cpu;

    return altp2m_direct_known() | ALTVIEW_PROBE_SWITCH |
           (capabilities_has_vmfunc(cpu) ? 0 : ALTVIEW_PROBE_VMFUNC_EXITS) |
           (cpu->ve ? 0 : ALTVIEW_PROBE_VE_EXITS);
}

/* Calls without an envelope: <altview/hvmop.h>. */
static long direct(const struct hypercall *call, uint64_t operation)
{
    struct vcpu *vcpu = call->vcpu;
    uint64_t first = vcpu->registers.rsi, second = vcpu->registers.rdx;

    if (call->abi->compat) {
        first = both_halves(call, 1);
        second = both_halves(call, 3);
    }
    if (operation == HVMOP_altview_direct_probe) {
        return probe(vcpu->domain);
    }
    return altp2m_direct(&vcpu->domain->altp2m, &vcpu->as_caller, operation & DIRECT_CMD,
                         (uint16_t)(operation >> 16), first, second);
}

static bool is_direct(uint64_t operation)
{
    return (operation & ~(uint64_t)(DIRECT_CMD | (uint64_t)UINT16_MAX << 16)) == DIRECT_MARK;
}

long hypercall_hvm(const struct hypercall *call)
{
    size_t operation = argument(call, 0);

    if (is_direct(operation)) {
        return direct(call, operation);
    }
    if (!index_clamp(&operation, INDEX_COUNT(operations)) || !operations[operation]) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call);
}
