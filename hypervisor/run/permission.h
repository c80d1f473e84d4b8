/* SPDX-License-Identifier: BSD-2-Clause */
/* The few I/O ports and model-specific registers that the guest does not reach itself. */
#ifndef CORE_PERMISSION_H
#define CORE_PERMISSION_H

#include "core/domain.h"
#include "core/feature.h"

/* An IN or OUT that has caused an exit. INS and OUTS are `string`. */
struct port_access {
    uint16_t port;
    unsigned int size; /* in bytes */
    bool in, string;
};

/* Call `watch` for each port whose accesses must exit: the hypervisor's own, those that power the
 * machine off, and, if an INIT is no exit, those by which the chipset sends one. */
typedef void port_watcher(struct domain *domain, unsigned int port);
void ports_watch(struct domain *domain, port_watcher *watch);

/* True: altview has carried out the instruction. */
bool ports_handle(struct vcpu *vcpu, const struct port_access *access);

/* The accesses without an exit: those of msr_rights, except for these MSRs. */
struct msr_rights msr_without_exit(const struct feature_face *face, uint32_t msr);

/* RDMSR and WRMSR that have caused an exit. */
exit_handler msr_handle_read, msr_handle_write;

#endif
