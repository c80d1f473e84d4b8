/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_sched_op (Xen: xen/common/sched/core.c, do_sched_op). */
#include "base/index.h"
#include "monitor/monitor.h"
#include "vmx/event.h"
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/sched.h>
#include <xen/xen.h>

static long yield(const struct hypercall *call)
{
    (void)call; /* there is nobody to yield to */
    return 0;
}

/* Sleep until the next interrupt. With interrupts off none would come: return at once. */
static long block(const struct hypercall *call)
{
    (void)call;
    if (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF) {
        vmwrite(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
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

static hypercall_handler *const operations[] = {
    [SCHEDOP_yield] = yield,
    [SCHEDOP_block] = block,
    [SCHEDOP_shutdown] = shutdown,
};

long hypercall_sched(const struct hypercall *call)
{
    size_t operation = (uint32_t)argument(call, 0);

    if (!index_clamp(&operation, INDEX_COUNT(operations))) {
        return -XEN_ENOSYS;
    }
    return operations[operation](call);
}
