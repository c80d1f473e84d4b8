/* SPDX-License-Identifier: BSD-2-Clause */
/* User code may not make hypercalls, and may use VMFUNC. */
#include "machine.h"
#include "user.h"

void area_ring3(void)
{
    static const uint8_t do_vmcall[] = {0x0f, 0x01, 0xc1, 0x0f, 0x0b};
    static const uint8_t do_vmfunc[] = {0x0f, 0x01, 0xd4, 0x0f, 0x0b};
    uint16_t view, now = 0;

    altp2m_set_state(1);
    altview_set_vmfunc(0, 1);
    altp2m_create(XENMEM_access_rwx, &view);
    user_enter();
    check_result("hypercall", -XEN_EPERM,
                 (long)user_run(do_vmcall, __HYPERVISOR_xen_version, 0).ax);
    user_run(do_vmfunc, 0, view);
    altp2m_get_index(0, &now);
    check_value("vmfunc", view, now);
    user_leave();
    altp2m_set_state(0);
}
