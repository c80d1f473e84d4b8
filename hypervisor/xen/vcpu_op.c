/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_vcpu_op (Xen: xen/arch/x86/hvm/hypercall.c, xen/common/domain.c): CPUs up and down. */
#include "base/index.h"
#include "vmx/life.h"
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/vcpu.h>
#include <xen/xen.h>

typedef long vcpu_operation(const struct hypercall *call, struct vcpu *vcpu);

static long initialise(const struct hypercall *call, struct vcpu *vcpu)
{
    struct vcpu_hvm_context context;

    if (copy_in(call, &context, argument(call, 2), sizeof(context))) {
        return -XEN_EFAULT;
    }
    return life_initialise(vcpu, &context);
}

static long up(const struct hypercall *call, struct vcpu *vcpu)
{
    (void)call;
    return life_up(vcpu);
}

static long down(const struct hypercall *call, struct vcpu *vcpu)
{
    (void)call;
    return life_down(vcpu);
}

static long is_up(const struct hypercall *call, struct vcpu *vcpu)
{
    (void)call;
    return vcpu->life == LIFE_RUNS;
}

static vcpu_operation *const operations[] = {
    [VCPUOP_initialise] = initialise,
    [VCPUOP_up] = up,
    [VCPUOP_down] = down,
    [VCPUOP_is_up] = is_up,
};

long hypercall_vcpu(const struct hypercall *call)
{
    struct domain *domain = call->vcpu->domain;
    size_t operation = (uint32_t)argument(call, 0), id = (uint32_t)argument(call, 1);

    if (!index_clamp(&id, domain->vcpu_count)) {
        return -XEN_ENOENT;
    }
    if (!index_clamp(&operation, INDEX_COUNT(operations))) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call, domain->vcpus[id]);
}
