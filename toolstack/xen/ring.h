/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's ring of vm_events (xen/include/public/vm_event.h, interface 7): one page with 8 slots
 * and an event channel, as Xen has it. A thread turns altview's events into requests, and responses
 * into answers. Events that do not fit wait in the connection.
 */
#ifndef TOOLSTACK_XEN_RING_H
#define TOOLSTACK_XEN_RING_H

#include <altview/altview.h>
#include <stdbool.h>
#include <stdint.h>
#include <xenctrl.h>

#include <xen/vm_event.h>

/* The page, and the port; NULL: errno is set. EBUSY: the domain has one. */
void *altview_xen_ring_open(uint32_t domid, int *port);
/* -EINVAL: it has none. The page is the program's: it unmaps it, before or after. */
int altview_xen_ring_close(uint32_t domid);
/* The ring gets events of that type (enum altview_event_type) from now on, or no more. -EINVAL:
 * there is no ring. */
int altview_xen_ring_want(uint32_t domid, unsigned int type, bool wanted);
/* The same for changes of a control register by Xen's index (VM_EVENT_X86_*), in other bits than
 * those that `ignore` has. -EINVAL: no such register. */
int altview_xen_ring_want_register(uint32_t domid, unsigned int index, bool wanted, bool sync,
                                   uint64_t ignore);
/* The same for writes of an MSR; `changes`: of another value than it has. -EINVAL: no such MSR;
 * -ENOSPC: there are too many. */
int altview_xen_ring_want_msr(uint32_t domid, uint32_t msr, bool wanted, bool changes);
/* The vCPU, which waits, gets that exception with the answer. -EINVAL: it does not wait. */
int altview_xen_ring_inject(uint32_t domid, uint32_t vcpu, uint8_t vector, uint32_t error_code,
                            uint64_t cr2);

/* vm_event.c: altview's events in Xen's form, and Xen's responses in altview's. Pure, except for
 * reads. False: Xen has no such event. */
bool vm_event_make(altview *h, const struct altview_event *e, vm_event_request_t *r);

/* The action for the vCPU; `toggles`: for its single step as well. */
void vm_event_answer(const vm_event_response_t *r, struct altview_answer *a, bool *toggles);

#endif
