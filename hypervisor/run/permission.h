/* SPDX-License-Identifier: BSD-2-Clause */
/* The few I/O ports and model-specific registers that the guest does not reach itself. */
#ifndef CORE_PERMISSION_H
#define CORE_PERMISSION_H

#include "core/domain.h"
#include "core/feature.h"

/* An IN or OUT that has left the guest; REP and the like are `string`. */
struct port_access {
    uint16_t port;
    unsigned int size; /* in bytes */
    bool in, string;
};

/* Call `watch` for each port whose accesses are to leave the guest: the hypervisor's own, those by
 * which the machine is powered off, and, where an INIT does not leave the guest, those by which the
 * chipset sends one. */
typedef void port_watcher(struct domain *domain, unsigned int port);
void ports_watch(struct domain *domain, port_watcher *watch);

/* True: the instruction has been carried out. */
bool ports_handle(struct vcpu *vcpu, const struct port_access *access);

/* What the guest may do without an exit, of what msr_rights grants: not to the few. */
struct msr_rights msr_without_exit(const struct feature_face *face, uint32_t msr);

/* RDMSR and WRMSR that have left the guest. */
exit_handler msr_handle_read, msr_handle_write;

#endif
