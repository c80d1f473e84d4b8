/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_sched_op (Xen: xen/common/sched/core.c, do_sched_op). */
#include "base/index.h"
#include "core/state.h"
#include "port/monitor.h"
#include "x86/x86.h"
#include "xen/events/events.h"
#include "xen/events/timer.h"
#include "xen/events/upcall.h"
#include "xen/hypercall.h"
#include "xen/shared_info.h"

#include <stdint.h>
#include <xen/sched.h>
#include <xen/xen.h>

static long yield(const struct hypercall *call)
{
    (void)call; /* there is no vCPU to yield to */
    return 0;
}

/* Sleep until the next interrupt. With interrupts off none would come: return at once. */
static long block(const struct hypercall *call)
{
    if (guest_get(call->vcpu, GUEST_RFLAGS) & RFLAGS_IF && !upcall_is_due(call->vcpu)) {
        guest_halt(call->vcpu);
    }
    return 0;
}

static long shutdown(const struct hypercall *call)
{
    static const char *const names[] = {
        [SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
        [SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
        [SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
    };
    struct sched_shutdown arguments;
    size_t reason;

    if (copy_in(call, &arguments, argument(call, 1), sizeof(arguments))) {
        return -XEN_EFAULT;
    }
    reason = arguments.reason;
    if (!index_clamp(&reason, INDEX_COUNT(names))) {
        monitor_end(call->vcpu->domain, STATUS_CRASH, "guest shutdown: unknown reason %u",
                    arguments.reason);
    }
    monitor_end(call->vcpu->domain, (enum status)reason, "guest shutdown: %s", names[reason]);
}

#define POLL_MOST 128 /* ports; "fairly arbitrary", says Xen */

/* 1 if one of the ports is pending, 0 if none is, or an error. */
static long any_pending(const struct hypercall *call, uint64_t ports, uint32_t count)
{
    const struct xen_state *xen = &call->vcpu->domain->xen;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t number;
        size_t port;

        if (copy_in(call, &number, ports + i * sizeof(number), sizeof(number))) {
            return -XEN_EFAULT;
        }
        port = number;
        if (!index_clamp(&port, xen->ports_made)) {
            return -XEN_EINVAL;
        }
        if (events_is_pending(call->vcpu->domain, port)) {
            return 1;
        }
    }
    return 0;
}

static bool has_passed(const struct domain *domain, uint64_t timeout)
{
    return timeout && rdtsc() >= shared_info_tsc(domain, timeout);
}

static long ask(const struct hypercall *call)
{
    const struct vcpu *vcpu = call->vcpu;
    uint64_t ports, timeout, arg = argument(call, 1), word = call->abi->compat ? 4 : 8;
    uint32_t count;
    long rc;

    if (copy_in_word(call, &ports, arg, 0) || copy_in(call, &count, arg + word, sizeof(count)) ||
        copy_in(call, &timeout, arg + 2 * word, sizeof(timeout))) {
        return -XEN_EFAULT;
    }
    if (count > POLL_MOST) {
        return -XEN_EINVAL;
    }
    rc = any_pending(call, ports, count);
    if (rc || upcall_is_due(vcpu) || has_passed(vcpu->domain, timeout)) {
        return rc < 0 ? rc : 0;
    }
    return -ALTP2M_ERESTART;
}

/* A vCPU has its own CPU: it waits by making the call again, until an event is delivered to it
 * (xen/events/timer.c), one of the ports is pending, or the time has come. */
static long poll(const struct hypercall *call)
{
    long rc = ask(call);

    upcall_set_poll(call->vcpu, rc == -ALTP2M_ERESTART);
    return rc;
}

static hypercall_handler *const operations[] = {
    [SCHEDOP_poll] = poll,
    [SCHEDOP_yield] = yield,
    [SCHEDOP_block] = block,
    [SCHEDOP_shutdown] = shutdown,
};

long hypercall_sched(const struct hypercall *call)
{
    size_t operation = (uint32_t)argument(call, 0);

    if (!index_clamp(&operation, INDEX_COUNT(operations)) || !operations[operation]) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call);
}

#define MILLISECOND UINT64_C(1000000)
#define FAR         (UINT64_C(1) << 50) /* ns: 13 days */

/* The time has wrapped, or means "never". Neither "at once" nor "never" suits all guests. */
static uint64_t sensible(const struct domain *domain, uint64_t timeout)
{
    uint64_t now = shared_info_now(domain);
    bool far = timeout > now && timeout - now >= FAR; /* or negative */

    return far ? now + 100 * MILLISECOND : timeout;
}

/* Nanoseconds since the guest began; 0: stop the timer. A 32-bit guest passes two halves (Xen:
 * do_set_timer_op). */
long hypercall_set_timer(const struct hypercall *call)
{
    const struct domain *domain = call->vcpu->domain;
    uint64_t timeout = argument(call, 0);

    if (call->abi->compat) {
        timeout |= argument(call, 1) << 32;
    }
    xen_timer_set(call->vcpu, timeout ? shared_info_tsc(domain, sensible(domain, timeout)) : 0);
    return 0;
}
