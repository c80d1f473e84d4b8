/* SPDX-License-Identifier: BSD-2-Clause */
#include "xen/hypercall.h"

#include "base/log.h"
#include "core/state.h"

static bool is_told(const struct xen_unknown *u, uint64_t number, uint64_t operation)
{
    for (unsigned int i = 0; i < u->count && i < XEN_UNKNOWN_TOLD; i++) {
        if (u->calls[i].number == number && u->calls[i].operation == operation) {
            return true;
        }
    }
    return u->count > XEN_UNKNOWN_TOLD;
}

void unknown_tell(const struct hypercall *call)
{
    struct xen_unknown *u = &call->vcpu->domain->xen.unknown;
    uint64_t number = call->vcpu->registers.rax & call->abi->mask;
    uint64_t operation = argument(call, 0); /* of those that have any */

    if (is_told(u, number, operation)) {
        return;
    }
    if (u->count == XEN_UNKNOWN_TOLD) {
        u->count++;
        log_line("more hypercalls are not known, and not told");
        return;
    }
    u->calls[u->count++ % XEN_UNKNOWN_TOLD] = (struct xen_unknown_call){number, operation};
    log_line("hypercall %lu, operation %lu, at RIP %lx is not known: -ENOSYS (told once)", number,
             operation, guest_get(call->vcpu, GUEST_RIP));
}
