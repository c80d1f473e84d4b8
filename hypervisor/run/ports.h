/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports: the guest owns all but the hypervisor's serial port. */
#ifndef CORE_PORTS_H
#define CORE_PORTS_H

#include "core/domain.h"

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

#endif
