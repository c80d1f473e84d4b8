/* SPDX-License-Identifier: BSD-2-Clause */
/* One function for each area. Each restores the state for the next one. */
#ifndef CONFORMANCE_AREAS_H
#define CONFORMANCE_AREAS_H

void area_xen(void);
void area_events(void);
void area_cpu(void);
void area_envelope(void);
void area_state(void);
void area_balloon(void);
void area_access_op(void);
void area_views(void);
void area_access(void);
void area_list(void);
void area_suppress(void);
void area_remap(void);
void area_visibility(void);
void area_notify(void);
void area_vmfunc(void);
void area_vmfunc_code(void);
void area_switch(void);
void area_rights(void);
void area_ve(void);
void area_fresh(void);
void area_propagation(void);
void area_kept(void);

#endif
