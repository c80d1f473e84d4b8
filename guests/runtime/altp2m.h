/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HVMOP_altp2m: Xen's 16 sub-operations and altview's own, as calls on the guest itself. Each
 * returns 0 or a negative Xen error.
 */
#ifndef RUNTIME_ALTP2M_H
#define RUNTIME_ALTP2M_H

#include "xen.h"

#include <altview/hvmop.h>
#include <xen/hvm/hvm_op.h>

#define GFN_NONE (~UINT64_C(0))
#define VIEWS    512 /* entries of an EPTP list, SDM Vol. 3C 26.5.6.3 */

/* An envelope for DOMID_SELF with everything else 0. */
struct xen_hvm_altp2m_op altp2m_envelope(uint32_t command);
/* The bare hypercall, with any pointer. */
long altp2m_call(void *op);

/* A call without an envelope (<altview/hvmop.h>): a result, or a negative error. */
long altp2m_direct(uint32_t command, uint16_t view, uint64_t first, uint64_t second);
/* HVMOP_altview_direct_probe. */
long altp2m_direct_probe(void);
/*
 * From now on the calls below that have a form without an envelope are made twice, with and without
 * it. If the two results differ, the call returns a value that no check expects.
 */
void altp2m_call_both_ways(void);
#define ALTP2M_WAYS_DIFFER (-9999L)

long altp2m_get_state(uint8_t *on);
long altp2m_set_state(uint8_t on);
long altp2m_enable_notify(uint32_t vcpu, uint64_t gfn);
long altp2m_disable_notify(uint32_t vcpu);
long altp2m_create(uint16_t access, uint16_t *view);
long altp2m_destroy(uint16_t view);
long altp2m_switch(uint16_t view);
long altp2m_set_access(uint16_t view, uint64_t gfn, uint16_t access);
long altp2m_get_access(uint16_t view, uint64_t gfn, uint16_t *access);
long altp2m_set_access_list(uint16_t view, uint32_t nr, const uint64_t *gfns,
                            const uint8_t *accesses);
long altp2m_change_gfn(uint16_t view, uint64_t old_gfn, uint64_t new_gfn);
long altp2m_set_suppress_ve(uint16_t view, uint64_t gfn, uint8_t suppress);
long altp2m_get_suppress_ve(uint16_t view, uint64_t gfn, uint8_t *suppress);
long altp2m_get_index(uint32_t vcpu, uint16_t *view);
long altp2m_set_visibility(uint16_t view, uint8_t visible);

/* A range of gfns; *range holds first_error and first_error_gfn afterwards. */
long altp2m_set_suppress_ve_range(struct xen_hvm_altp2m_suppress_ve_multi *range);

/* ALTVIEW_HYPERCALL_switch, on a hypercall page that altview has filled. */
long altview_switch(unsigned long view);
long altview_set_vmfunc(uint32_t vcpu, uint8_t enable);
long altview_view_info(uint16_t view, struct altview_view_info *info);
/* Exits of vCPU 0, or of any; the call's own exit is counted. */
long altview_exit_count(uint32_t reason, uint64_t *count);
long altview_exit_count_of(uint32_t vcpu, uint32_t reason, uint64_t *count);
/* The number of the new view in *view. */
long altview_clone_view(uint16_t from, uint16_t *view);
long altview_set_visibility(struct altview_set_visibility visibility);

/* "rwx", "rx2rw" ...; "?" for another number. */
const char *access_name(unsigned int access);

#endif
