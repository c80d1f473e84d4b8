/* SPDX-License-Identifier: BSD-2-Clause */
/* A program written for libxenctrl, without knowledge of altview. It calls the functions for views,
 * and prints their results.
 * usage: client DOMID */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenctrl.h>

static void tell(const char *call, int rc)
{
    if (rc) {
        printf("%s: %d, errno %d\n", call, rc, errno);
    } else {
        printf("%s: 0\n", call);
    }
}

#define CALL(function, ...) tell(#function, function(xch, domid, ##__VA_ARGS__))

static void use_views(xc_interface *xch, uint32_t domid)
{
    uint16_t view = 0, index = 0;
    bool on = false;

    CALL(xc_altp2m_set_domain_state, true);
    CALL(xc_altp2m_get_domain_state, &on);
    printf("  state %d\n", on);
    CALL(xc_altp2m_create_view, XENMEM_access_rwx, &view);
    printf("  view %u\n", view);
    CALL(xc_altp2m_switch_to_view, view);
    CALL(xc_altp2m_get_vcpu_p2m_idx, 0, &index);
    printf("  vCPU 0 in view %u\n", index);
    CALL(xc_altp2m_destroy_view, view);
    CALL(xc_altp2m_switch_to_view, 0);
    CALL(xc_altp2m_set_visibility, view, false);
    CALL(xc_altp2m_switch_to_view, view);
}

static void use_gfns(xc_interface *xch, uint32_t domid)
{
    uint64_t gfns[] = {5, 6, 7};
    uint8_t accesses[] = {XENMEM_access_r, XENMEM_access_n, 11};
    xenmem_access_t access = XENMEM_access_default;
    xen_pfn_t error_gfn = 0;
    int32_t error_code = 0;
    bool suppressed = false;

    CALL(xc_altp2m_set_mem_access, 1, 4, XENMEM_access_rx);
    CALL(xc_altp2m_get_mem_access, 1, 4, &access);
    printf("  access %d\n", access);
    CALL(xc_altp2m_set_mem_access_multi, 1, accesses, gfns, 3);
    CALL(xc_altp2m_get_mem_access, 1, 6, &access);
    printf("  access %d\n", access);
    CALL(xc_altp2m_set_suppress_ve, 1, 8, false);
    CALL(xc_altp2m_get_suppress_ve, 1, 8, &suppressed);
    printf("  suppress #VE %d\n", suppressed);
    CALL(xc_altp2m_set_supress_ve_multi, 1, 8, 12, true, &error_gfn, &error_code);
    printf("  error %d\n", error_code);
    CALL(xc_altp2m_change_gfn, 1, 9, 10);
    CALL(xc_altp2m_change_gfn, 1, 9, ~(xen_pfn_t)0);
    CALL(xc_altp2m_set_vcpu_enable_notify, 0, 20);
    CALL(xc_altp2m_set_vcpu_disable_notify, 0);
}

static void use_mem_access(xc_interface *xch, uint32_t domid)
{
    uint64_t gfns[] = {30, 31};
    uint8_t accesses[] = {XENMEM_access_w, XENMEM_access_x};
    xenmem_access_t access = XENMEM_access_default;

    CALL(xc_set_mem_access, XENMEM_access_rx, 24, 4);
    CALL(xc_get_mem_access, 27, &access);
    printf("  access %d\n", access);
    CALL(xc_set_mem_access_multi, accesses, gfns, 2);
    CALL(xc_get_mem_access, 31, &access);
    printf("  access %d\n", access);
    CALL(xc_altp2m_destroy_view, 1);
    CALL(xc_altp2m_set_domain_state, false);
}

int main(int count, char **arguments)
{
    uint32_t domid = count == 2 ? (uint32_t)strtoul(arguments[1], NULL, 10) : 0;
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);

    if (!xch) {
        printf("no interface: %s\n", strerror(errno));
        return 2;
    }
    use_views(xch, domid);
    use_gfns(xch, domid);
    use_mem_access(xch, domid);
    tell("xc_interface_close", xc_interface_close(xch));
    return 0;
}
