/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers of exits that a vendor's table names, in folders that a vendor's code does not
 * include. */
#ifndef CORE_HANDLERS_H
#define CORE_HANDLERS_H

#include "core/vcpu.h"

/* port/attend.c. #BP has left the guest: INT3. Or the VMFUNC instruction at RIP has failed (VM exit
 * 59). */
exit_handler monitor_breakpoint, monitor_vmfunc_refused;
/* xen/events/upcall.c: the guest takes interrupts (VM exit 7). */
exit_handler upcall_window;
/* xen/hypercall.c */
exit_handler xen_handle_hypercall;

#endif
