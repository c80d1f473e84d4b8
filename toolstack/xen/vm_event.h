/* SPDX-License-Identifier: BSD-2-Clause */
/* altview's events in Xen's form, and Xen's responses in altview's. Pure, but for what is read. */
#ifndef TOOLSTACK_XEN_VM_EVENT_H
#define TOOLSTACK_XEN_VM_EVENT_H

#include <altview/altview.h>
#include <xenctrl.h>

#include <xen/vm_event.h>

/* False: Xen has no such event. */
bool vm_event_make(altview *h, const struct altview_event *e, vm_event_request_t *r);

/* What to do with the vCPU; `toggles`: and with its single step. */
void vm_event_answer(const vm_event_response_t *r, struct altview_answer *a, bool *toggles);

#endif
