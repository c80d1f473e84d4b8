/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/hypercall.h"

#include "base/index.h"
#include "core/vendor.h"
#include "port/monitor.h"
#include "xen/face.h"

#include <stdint.h>
#include <xen/xen.h>

static hypercall_handler *const handlers[] = {
    [__HYPERVISOR_memory_op] = hypercall_memory,
    [__HYPERVISOR_set_timer_op] = hypercall_set_timer,
    [__HYPERVISOR_xen_version] = hypercall_version,
    [__HYPERVISOR_console_io] = hypercall_console_io,
    [__HYPERVISOR_grant_table_op] = hypercall_grant_table,
    [__HYPERVISOR_vcpu_op] = hypercall_vcpu,
    [__HYPERVISOR_sched_op] = hypercall_sched,
    [__HYPERVISOR_event_channel_op] = hypercall_event_channel,
    [__HYPERVISOR_hvm_op] = hypercall_hvm,
};

/* RDI, RSI, RDX, R10, R8 and EBX, ECX, EDX, ESI, EDI, in the instructions' numbering. */
static const struct hypercall_abi abi_64 = {UINT64_MAX, false, {7, 6, 2, 10, 8}};
static const struct hypercall_abi abi_32 = {UINT32_MAX, true, {3, 1, 2, 6, 7}};

static inline long serve(const struct hypercall *call, size_t number)
{
    if (!index_clamp(&number, INDEX_COUNT(handlers)) || !handlers[number]) {
        return -XEN_ENOSYS;
    }
    return handlers[number](call);
}

static inline void answer(struct vcpu *vcpu, const struct hypercall_abi *abi, long result)
{
    vcpu->registers.rax = (uint64_t)result & abi->mask;
    event_skip(vcpu, HYPERCALL_LENGTH);
}

/* The call is refused, or must be issued again: RIP stays at the VMCALL. A separate function, so
 * that a success does not pay for it. */
__attribute__((noinline)) static void answer_refused(const struct hypercall *call, long result)
{
    if (result == -ALTP2M_ERESTART) {
        monitor_is_due(call->vcpu);
        return;
    }
    if (result == -XEN_ENOSYS) {
        unknown_tell(call);
    }
    answer(call->vcpu, call->abi, result);
}

static inline __attribute__((always_inline)) void serve_by_abi(struct vcpu *vcpu,
                                                               const struct hypercall_abi *abi)
{
    long result;

    vcpu->hypercall.abi = abi;
    result = serve(&vcpu->hypercall, vcpu->registers.rax & abi->mask);

    if (result < 0) {
        answer_refused(&vcpu->hypercall, result);
    } else {
        answer(vcpu, abi, result);
    }
}

/* Each knows its own constants. */
__attribute__((noinline)) static void serve_32(struct vcpu *vcpu)
{
    serve_by_abi(vcpu, &abi_32);
}

__attribute__((noinline)) static void serve_64(struct vcpu *vcpu)
{
    serve_by_abi(vcpu, &abi_64);
}

/* For any caller other than a 64-bit kernel. Xen: hvm_hypercall. */
__attribute__((noinline)) static void serve_other(struct vcpu *vcpu, uint64_t code_rights)
{
    if (guest_ring(vcpu)) {
        vcpu->registers.rax =
            (uint64_t)-XEN_EPERM & (code_rights & RIGHTS_LONG ? abi_64 : abi_32).mask;
        event_skip(vcpu, HYPERCALL_LENGTH);
    } else if (code_rights & RIGHTS_LONG) {
        serve_64(vcpu);
    } else {
        serve_32(vcpu);
    }
}

/* CS and SS have the same DPL, the CPL, unless CS conforms (SDM Vol. 3C 27.3.1.2). */
void xen_handle_hypercall(struct vcpu *vcpu)
{
    uint64_t rights = guest_get(vcpu, GUEST_CS_RIGHTS);

    if ((rights & (RIGHTS_LONG | RIGHTS_CONFORMING | RIGHTS_DPL)) == RIGHTS_LONG) {
        serve_64(vcpu);
    } else {
        serve_other(vcpu, rights);
    }
}
