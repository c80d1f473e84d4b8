/* SPDX-License-Identifier: BSD-2-Clause */
/* HYPERVISOR_event_channel_op: the two ports a domain is born with, and only sending. */
#include "monitor/monitor.h"
#include "xen/console.h"
#include "xen/face.h"
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/event_channel.h>
#include <xen/xen.h>

long hypercall_event_channel(const struct hypercall *call)
{
    struct evtchn_send send;

    if ((uint32_t)argument(call, 0) != EVTCHNOP_send) {
        return -XEN_ENOSYS;
    }
    if (copy_in(call, &send, argument(call, 1), sizeof(send))) {
        return -XEN_EFAULT;
    }
    switch (send.port) {
    case XEN_PORT_CONSOLE:
        monitor_is_due(call->vcpu);
        return console_drain_ring(call->vcpu->domain) ? -ALTP2M_ERESTART : 0;
    case XEN_PORT_STORE:
        return 0; /* bound, but nobody listens */
    default:
        return -XEN_EINVAL;
    }
}
