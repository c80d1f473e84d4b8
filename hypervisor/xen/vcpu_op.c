/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_vcpu_op (Xen: xen/arch/x86/hvm/hypercall.c, xen/common/domain.c): CPUs up and down. */
#include "base/index.h"
#include "core/life.h"
#include "xen/events/timer.h"
#include "xen/hypercall.h"
#include "xen/physmap.h"
#include "xen/shared_info.h"

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

/* struct vcpu_runstate_info: times at 8 for 64-bit callers, at 4 for others. A vCPU has a CPU for
 * itself: it runs all the time, so the structure stays true. */
static int tell_runstate(const struct hypercall *call, uint64_t where)
{
    static const uint32_t running = RUNSTATE_running;
    uint64_t now = shared_info_now(call->vcpu->domain);
    const uint64_t times[1 + 4] = {now, now}; /* since when, then for how long in each state */

    return copy_out(call, where, &running, sizeof(running)) ||
                   copy_out(call, where + (call->abi->compat ? 4 : 8), times, sizeof(times))
               ? -XEN_EFAULT
               : 0;
}

static long get_runstate(const struct hypercall *call, struct vcpu *vcpu)
{
    (void)vcpu;
    return tell_runstate(call, argument(call, 2));
}

/* Xen ignores a failure to write it. */
static long register_runstate(const struct hypercall *call, struct vcpu *vcpu)
{
    uint64_t where;

    (void)vcpu;
    if (copy_in_word(call, &where, argument(call, 2), 0)) {
        return -XEN_EFAULT;
    }
    tell_runstate(call, where);
    return 0;
}

/* Only the timer of the calling vCPU. A time in the past expires at once. */
static long set_singleshot_timer(const struct hypercall *call, struct vcpu *vcpu)
{
    struct vcpu_set_singleshot_timer a;

    if (vcpu != call->vcpu) {
        return -XEN_EINVAL;
    }
    if (copy_in(call, &a, argument(call, 2), sizeof(a.timeout_abs_ns))) {
        return -XEN_EFAULT;
    }
    xen_timer_set(vcpu, shared_info_tsc(vcpu->domain, a.timeout_abs_ns));
    xen_timer_look(vcpu);
    return 0;
}

static long stop_singleshot_timer(const struct hypercall *call, struct vcpu *vcpu)
{
    if (vcpu != call->vcpu) {
        return -XEN_EINVAL;
    }
    xen_timer_set(vcpu, 0);
    return 0;
}

/* There is no periodic timer: PVH guests use the other one. */
static long stop_periodic_timer(const struct hypercall *call, struct vcpu *vcpu)
{
    (void)call, (void)vcpu;
    return 0;
}

static long fetch_place(const struct hypercall *call, uint64_t *gfn, uint32_t *offset)
{
    const uint64_t arg = argument(call, 2); /* the first word is 64 bits wide for every caller */

    return copy_in(call, gfn, arg, sizeof(*gfn)) ||
                   copy_in(call, offset, arg + sizeof(*gfn), sizeof(*offset))
               ? -XEN_EFAULT
               : 0;
}

/* For the caller's own vCPU, or one that does not run (Xen: map_vcpu_info). altview will write
 * there regardless of views, so no view may restrict the page. */
static long register_vcpu_info(const struct hypercall *call, struct vcpu *vcpu)
{
    uint64_t gfn;
    uint32_t offset;

    if (fetch_place(call, &gfn, &offset)) {
        return -XEN_EFAULT;
    }
    if (offset > ALTP2M_PAGE_SIZE - VCPU_INFO_SIZE ||
        offset % (shared_layout(vcpu->domain)->word_bits / 8)) {
        return -XEN_ENXIO;
    }
    if (vcpu->xen.info_mfn != ALTP2M_INVALID_MFN ||
        (vcpu != call->vcpu && vcpu->life == LIFE_RUNS)) {
        return -XEN_EINVAL;
    }
    return physmap_lend(call->vcpu, vcpu, gfn, offset);
}

static vcpu_operation *const operations[] = {
    [VCPUOP_get_runstate_info] = get_runstate,
    [VCPUOP_register_runstate_memory_area] = register_runstate,
    [VCPUOP_stop_periodic_timer] = stop_periodic_timer,
    [VCPUOP_set_singleshot_timer] = set_singleshot_timer,
    [VCPUOP_stop_singleshot_timer] = stop_singleshot_timer,
    [VCPUOP_register_vcpu_info] = register_vcpu_info,
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
    if (!index_clamp(&operation, INDEX_COUNT(operations)) || !operations[operation]) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call, domain->vcpus[id]);
}
