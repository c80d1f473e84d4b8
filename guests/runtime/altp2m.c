/* SPDX-License-Identifier: BSD-2-Clause */
#include "altp2m.h"

#include "string.h"

struct xen_hvm_altp2m_op altp2m_envelope(uint32_t command)
{
    return (struct xen_hvm_altp2m_op){
        .version = HVMOP_ALTP2M_INTERFACE_VERSION,
        .cmd = command,
        .domain = DOMID_SELF,
    };
}

long altp2m_call(void *op)
{
    return hypercall(__HYPERVISOR_hvm_op, HVMOP_altp2m, (uintptr_t)op, 0, 0);
}

/* Send arguments, and take back what the hypervisor wrote over them. */
static long call(uint32_t command, void *arguments, size_t size)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(command);
    long rc;

    memcpy(&op.u, arguments, size);
    rc = altp2m_call(&op);
    memcpy(arguments, &op.u, size);
    return rc;
}

long altp2m_direct(uint32_t command, uint16_t view, uint64_t first, uint64_t second)
{
    uint32_t operation = HVMOP_altview_direct(command, view);

#ifdef __x86_64__
    return hypercall(__HYPERVISOR_hvm_op, operation, first, second, 0);
#else
    return hypercall5(__HYPERVISOR_hvm_op, operation, (uint32_t)first, first >> 32,
                      (uint32_t)second, second >> 32);
#endif
}

long altp2m_direct_probe(void)
{
    return hypercall(__HYPERVISOR_hvm_op, HVMOP_altview_direct_probe, 0, 0, 0);
}

static bool both_ways;

void altp2m_call_both_ways(void)
{
    both_ways = true;
}

/* After a call with an envelope that has come to this result. */
static long again(long result, uint32_t command, uint16_t view, uint64_t first, uint64_t second)
{
    if (!both_ways || altp2m_direct(command, view, first, second) == result)
        return result;
    return ALTP2M_WAYS_DIFFER;
}

/* The same of one that has taken a value back. */
static long read_again(long rc, uint16_t value, uint32_t command, uint16_t view, uint64_t first)
{
    return again(rc ? rc : value, command, view, first, 0) == ALTP2M_WAYS_DIFFER
               ? ALTP2M_WAYS_DIFFER
               : rc;
}

long altp2m_get_state(uint8_t *on)
{
    struct xen_hvm_altp2m_domain_state a = {.state = 0xff};
    long rc = call(HVMOP_altp2m_get_domain_state, &a, sizeof(a));

    *on = a.state;
    return rc;
}

long altp2m_set_state(uint8_t on)
{
    struct xen_hvm_altp2m_domain_state a = {.state = on};

    return call(HVMOP_altp2m_set_domain_state, &a, sizeof(a));
}

long altp2m_enable_notify(uint32_t vcpu, uint64_t gfn)
{
    struct xen_hvm_altp2m_vcpu_enable_notify a = {.vcpu_id = vcpu, .gfn = gfn};

    return call(HVMOP_altp2m_vcpu_enable_notify, &a, sizeof(a));
}

long altp2m_disable_notify(uint32_t vcpu)
{
    struct xen_hvm_altp2m_vcpu_disable_notify a = {.vcpu_id = vcpu};

    return call(HVMOP_altp2m_vcpu_disable_notify, &a, sizeof(a));
}

long altp2m_create(uint16_t access, uint16_t *view)
{
    struct xen_hvm_altp2m_view a = {.view = 0xffff, .hvmmem_default_access = access};
    long rc = call(HVMOP_altp2m_create_p2m, &a, sizeof(a));

    *view = a.view;
    return rc;
}

static long view_only(uint32_t command, uint16_t view)
{
    struct xen_hvm_altp2m_view a = {.view = view};

    return call(command, &a, sizeof(a));
}

long altp2m_destroy(uint16_t view)
{
    return view_only(HVMOP_altp2m_destroy_p2m, view);
}

long altp2m_switch(uint16_t view)
{
    return again(view_only(HVMOP_altp2m_switch_p2m, view), HVMOP_altp2m_switch_p2m, view, 0, 0);
}

long altp2m_set_access(uint16_t view, uint64_t gfn, uint16_t access)
{
    struct xen_hvm_altp2m_mem_access a = {.view = view, .access = access, .gfn = gfn};

    return again(call(HVMOP_altp2m_set_mem_access, &a, sizeof(a)), HVMOP_altp2m_set_mem_access,
                 view, gfn, access);
}

long altp2m_get_access(uint16_t view, uint64_t gfn, uint16_t *access)
{
    struct xen_hvm_altp2m_mem_access a = {.view = view, .access = 0xffff, .gfn = gfn};
    long rc = call(HVMOP_altp2m_get_mem_access, &a, sizeof(a));

    *access = a.access;
    return read_again(rc, a.access, HVMOP_altp2m_get_mem_access, view, gfn);
}

long altp2m_set_access_list(uint16_t view, uint32_t nr, const uint64_t *gfns,
                            const uint8_t *accesses)
{
    struct xen_hvm_altp2m_set_mem_access_multi a = {.view = view, .nr = nr};

    set_xen_guest_handle(a.pfn_list, gfns);
    set_xen_guest_handle(a.access_list, accesses);
    return call(HVMOP_altp2m_set_mem_access_multi, &a, sizeof(a));
}

long altp2m_change_gfn(uint16_t view, uint64_t old_gfn, uint64_t new_gfn)
{
    struct xen_hvm_altp2m_change_gfn a = {.view = view, .old_gfn = old_gfn, .new_gfn = new_gfn};

    return again(call(HVMOP_altp2m_change_gfn, &a, sizeof(a)), HVMOP_altp2m_change_gfn, view,
                 old_gfn, new_gfn);
}

long altp2m_set_suppress_ve(uint16_t view, uint64_t gfn, uint8_t suppress)
{
    struct xen_hvm_altp2m_suppress_ve a = {.view = view, .suppress_ve = suppress, .gfn = gfn};

    return again(call(HVMOP_altp2m_set_suppress_ve, &a, sizeof(a)), HVMOP_altp2m_set_suppress_ve,
                 view, gfn, suppress);
}

long altp2m_get_suppress_ve(uint16_t view, uint64_t gfn, uint8_t *suppress)
{
    struct xen_hvm_altp2m_suppress_ve a = {.view = view, .suppress_ve = 0xff, .gfn = gfn};
    long rc = call(HVMOP_altp2m_get_suppress_ve, &a, sizeof(a));

    *suppress = a.suppress_ve;
    return rc;
}

long altp2m_set_suppress_ve_range(struct xen_hvm_altp2m_suppress_ve_multi *range)
{
    return call(HVMOP_altp2m_set_suppress_ve_multi, range, sizeof(*range));
}

long altp2m_get_index(uint32_t vcpu, uint16_t *view)
{
    struct xen_hvm_altp2m_get_vcpu_p2m_idx a = {.vcpu_id = vcpu, .altp2m_idx = 0xffff};
    long rc = call(HVMOP_altp2m_get_p2m_idx, &a, sizeof(a));

    *view = a.altp2m_idx;
    return read_again(rc, a.altp2m_idx, HVMOP_altp2m_get_p2m_idx, 0, vcpu);
}

long altp2m_set_visibility(uint16_t view, uint8_t visible)
{
    struct xen_hvm_altp2m_set_visibility a = {.altp2m_idx = view, .visible = visible};

    return again(call(HVMOP_altp2m_set_visibility, &a, sizeof(a)), HVMOP_altp2m_set_visibility,
                 view, visible, 0);
}

/* By the VMCALL or VMMCALL of a stub, which comes after its MOV to EAX. */
long altview_switch(unsigned long view)
{
    unsigned long result = ALTVIEW_HYPERCALL_switch;

    __asm__ volatile("call hypercall_page + 5" : "+a"(result) : "c"(view) : "memory");
    return (long)result;
}

long altview_set_vmfunc(uint32_t vcpu, uint8_t enable)
{
    struct altview_set_vmfunc a = {.vcpu_id = vcpu, .enable = enable};

    return call(HVMOP_altview_set_vmfunc, &a, sizeof(a));
}

long altview_view_info(uint16_t view, struct altview_view_info *info)
{
    *info = (struct altview_view_info){.view = view};
    return call(HVMOP_altview_view_info, info, sizeof(*info));
}

long altview_exit_count(uint32_t reason, uint64_t *count)
{
    return altview_exit_count_of(0, reason, count);
}

long altview_exit_count_of(uint32_t vcpu, uint32_t reason, uint64_t *count)
{
    struct altview_exit_count a = {.vcpu_id = vcpu, .reason = reason};
    long rc = call(HVMOP_altview_exit_count, &a, sizeof(a));

    *count = a.count;
    return rc;
}

long altview_clone_view(uint16_t from, uint16_t *view)
{
    struct altview_clone_view a = {.from = from, .view = 0xffff};
    long rc = call(HVMOP_altview_clone_view, &a, sizeof(a));

    *view = a.view;
    return rc;
}

long altview_set_visibility(struct altview_set_visibility visibility)
{
    return call(HVMOP_altview_set_visibility, &visibility, sizeof(visibility));
}

const char *access_name(unsigned int access)
{
    static const char *const names[] = {
        [XENMEM_access_n] = "n",
        [XENMEM_access_r] = "r",
        [XENMEM_access_w] = "w",
        [XENMEM_access_rw] = "rw",
        [XENMEM_access_x] = "x",
        [XENMEM_access_rx] = "rx",
        [XENMEM_access_wx] = "wx",
        [XENMEM_access_rwx] = "rwx",
        [XENMEM_access_rx2rw] = "rx2rw",
        [XENMEM_access_n2rwx] = "n2rwx",
        [XENMEM_access_default] = "default",
    };

    return access < sizeof(names) / sizeof(names[0]) ? names[access] : "?";
}
