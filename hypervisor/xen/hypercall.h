/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments of a hypercall's handler. */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include "core/domain.h"
#include "guestmem/access.h"

#include <xen/errno.h>

/* The caller's convention for arguments: the registers' numbers, and their width. */
struct hypercall_abi {
    uint64_t mask;
    bool compat; /* 32-bit structures */
    uint8_t registers[5];
};

/* Returns the guest's result, or -ALTP2M_ERESTART: the guest will issue the call again, after
 * interrupts. */
typedef long hypercall_handler(const struct hypercall *call);

hypercall_handler hypercall_console_io, hypercall_event_channel, hypercall_grant_table,
    hypercall_hvm, hypercall_memory, hypercall_sched, hypercall_set_timer, hypercall_vcpu,
    hypercall_version;

static inline uint64_t argument(const struct hypercall *call, unsigned int number)
{
    return call->vcpu->registers.numbered[call->abi->registers[number]] & call->abi->mask;
}

/* Notes progress, for a handler that will return -ALTP2M_ERESTART. */
static inline void set_argument(const struct hypercall *call, unsigned int number, uint64_t value)
{
    call->vcpu->registers.numbered[call->abi->registers[number]] = value;
}

/* 0 or -XEN_EFAULT. */
static inline int copy_in(const struct hypercall *call, void *to, uint64_t from, size_t size)
{
    return guest_copy_in(call->vcpu, to, from, size);
}

static inline int copy_out(const struct hypercall *call, uint64_t to, const void *from, size_t size)
{
    return guest_copy_out(call->vcpu, to, from, size);
}

/* Element `index` of a guest array of xen_pfn_t or xen_ulong_t, which follow the caller's width. */
int copy_in_word(const struct hypercall *call, uint64_t *value, uint64_t array, uint64_t index);

/* 0 if `domid` is the caller's, else the error. Domain 0 exists too, as on Xen, but a guest may not
 * act on it: each operation has its own error for it. */
static inline int check_domain(uint16_t domid, int error_of_0)
{
    if (domid == 0x7ff0 /* DOMID_SELF */ || domid == DOMAIN_ID) {
        return 0;
    }
    return domid ? -XEN_ESRCH : error_of_0;
}

/*
 * Of memory_op's command: bits above these count the extents or gfns that are done (Xen:
 * MEMOP_EXTENT_SHIFT).
 */
#define COMMAND_SHIFT 6
#define COMMAND_MASK  ((1U << COMMAND_SHIFT) - 1)

/* XENMEM_access_op: the comment in access_op.c says which caller may use it. */
hypercall_handler memory_access_op;

/* Of a hypercall that altview does not know: note that one has been refused with -ENOSYS. The log
 * names the first XEN_UNKNOWN_TOLD, each number and operation once: a guest may make up any number
 * of them. */
void unknown_tell(const struct hypercall *call);

#endif
