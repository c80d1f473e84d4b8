/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/vendor.h"
#include "port/monitor.h"

void report_and_stop(struct vcpu *vcpu, enum status status, const char *why)
{
    report(vcpu);
    monitor_end(vcpu->domain, status, "%s (RIP 0x%lx, view %u)", why, guest_get(vcpu, GUEST_RIP),
                vcpu->altp2m->view);
}
