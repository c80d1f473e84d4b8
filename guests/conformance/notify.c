/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_enable_notify and vcpu_disable_notify. */
#include "areas.h"
#include "check.h"
#include "world.h"

#include <xen/hvm/params.h>

static long enable_padded(uint32_t pad)
{
    struct xen_hvm_altp2m_op op = altp2m_envelope(HVMOP_altp2m_vcpu_enable_notify);

    op.u.enable_notify.pad = pad;
    op.u.enable_notify.gfn = memory_gfn(ve_page());
    return altp2m_call(&op);
}

static void check_edges(uint64_t gfn)
{
    check_result("enable.vcpu_1", -XEN_EINVAL, altp2m_enable_notify(1, gfn));
    check_result("enable.vcpu_max", -XEN_EINVAL, altp2m_enable_notify(~0U, gfn));
    check_result("enable.pad", -XEN_EINVAL, enable_padded(1));
    check_result("enable.hole", -XEN_EINVAL, altp2m_enable_notify(0, world.hole));
    check_result("enable.unused", -XEN_EINVAL, altp2m_enable_notify(0, UNUSED_GFN));
    check_result("enable.huge", -XEN_EINVAL, altp2m_enable_notify(0, world.huge));
    check_result("enable.no_gfn", -XEN_EINVAL, altp2m_enable_notify(0, GFN_NONE));
    check_result("enable.mmio", -XEN_EPERM, altp2m_enable_notify(0, GFN_APIC));
    check_result("disable.vcpu_1", -XEN_EINVAL, altp2m_disable_notify(1));
    check_result("disable.vcpu_max", -XEN_EINVAL, altp2m_disable_notify(~0U));
}

/* For Xen they are ordinary RAM. For altview they are its own pages. */
static void check_ring(const char *name, uint32_t param)
{
    uint64_t gfn = 0;

    world_reset();
    xen_get_param(param, &gfn);
    check_result_differs(name, -XEN_EINVAL, 0, altp2m_enable_notify(0, gfn));
}

/* Xen forgets VMFUNC on the way off only if #VE is on then. */
static void check_switching(uint64_t gfn)
{
    world_reset();
    altp2m_enable_notify(0, gfn);
    altp2m_disable_notify(0);
    world_reset();
    check_text_differs("vmfunc_after_off", "#UD", "none", trap_name(probe_vmfunc(0, 0).vector));
}

/* Without #VE a violation is lifted; see ve.c for what arrives with it. */
static struct trap write_restricted(uint16_t view)
{
    altp2m_set_access(view, world_gfn(0), XENMEM_access_r);
    altp2m_set_suppress_ve(view, world_gfn(0), 0);
    return world_touch(view, ACCESS_WRITE, world.pages);
}

void area_notify(void)
{
    uint64_t gfn = memory_gfn(ve_page());
    uint16_t view;

    world_reset();
    check_edges(gfn);
    check_result("disable.when_off", 0, altp2m_disable_notify(0));
    check_trap("vmfunc_before", TRAP_UD, probe_vmfunc(0, 0));
    check_result("enable", 0, altp2m_enable_notify(0, gfn));
    check_trap("vmfunc_after", TRAP_NONE, probe_vmfunc(0, 0));
    check_result("enable.twice", -XEN_EEXIST, altp2m_enable_notify(0, gfn));
    check_result("enable.other_page", -XEN_EEXIST, altp2m_enable_notify(0, world_gfn(0)));
    view = world_view(XENMEM_access_rwx);
    check_trap("on.write", TRAP_VE, write_restricted(view));
    check_result("disable", 0, altp2m_disable_notify(0));
    check_trap("vmfunc_stays", TRAP_NONE, probe_vmfunc(0, 0));
    check_trap("off.write", TRAP_NONE, write_restricted(view));
    check_result("off.lifted", XENMEM_access_rwx, world_access(view, world_gfn(0)));
    check_result("disable.twice", 0, altp2m_disable_notify(0));
    check_result("enable.again", 0, altp2m_enable_notify(0, gfn));
    check_trap("on_again.write", TRAP_VE, write_restricted(view));
    check_ring("enable.console", HVM_PARAM_CONSOLE_PFN);
    check_ring("enable.store", HVM_PARAM_STORE_PFN);
    check_switching(gfn);
    altp2m_enable_notify(0, gfn); /* with it on, Xen switches VMFUNC off */
    altp2m_set_state(0);
}
