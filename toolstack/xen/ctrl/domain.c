/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls about a domain as a whole. */
#include "xc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAJOR 4
#define MINOR 17

/* With a buffer's size: Xen 4.17's answers about itself to any program. */
int xc_version(xc_interface *xch, int cmd, void *arg)
{
    (void)xch;
    switch (cmd) {
    case XENVER_version:
        return MAJOR << 16 | MINOR;
    case XENVER_pagesize:
        return XC_PAGE_SIZE;
    case XENVER_extraversion:
        strcpy(arg, "-altview");
        return 0;
    case XENVER_capabilities:
        strcpy(arg, "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ");
        return 0;
    default:
        return xc_result(altview_fail(-ENOSYS, "altview has nothing to say to XENVER %d", cmd));
    }
}

/* RAM of the guest's own. */
struct guest_memory {
    uint64_t pages;
    uint64_t last; /* gfn */
};

/* LOCATE in steps: its replies are short. 0 or a negative errno value, explained. */
static int guest_memory(altview *h, struct guest_memory *m)
{
    struct located found;
    uint64_t gfn = 0;

    *m = (struct guest_memory){.pages = 0};
    while (gfn != ALTVIEW_NO_GFN) {
        int rc = reach_locate(h, ALTVIEW_NO_VIEW, gfn, ALTVIEW_NO_GFN - gfn, &found);

        if (rc) {
            return explain(h, rc, &(struct about){0});
        }
        for (uint32_t i = 0; i < found.head.count; i++) {
            m->pages += found.frames[i].nr;
            m->last = found.frames[i].gfn + found.frames[i].nr - 1;
        }
        gfn = found.head.next;
    }
    return m->pages ? 0 : altview_fail(-EPROTO, "the guest has no memory");
}

/* It need not be there any more. */
static int describe(const struct xen_domain *d, xc_domaininfo_t *info)
{
    altview *h = altview_xen_domain(d->domid);
    struct altview_hello hello = {0};
    struct guest_memory m = {0};
    int rc = h ? altview_hello(h, &hello) : -errno;

    if (!rc) {
        rc = guest_memory(h, &m);
    }
    if (rc) {
        return rc;
    }
    *info = (xc_domaininfo_t){
        .domain = d->domid,
        .flags = XEN_DOMINF_hvm_guest | XEN_DOMINF_hap | XEN_DOMINF_running,
        .tot_pages = m.pages,
        .max_pages = m.pages,
        .nr_online_vcpus = hello.vcpu_count,
        .max_vcpu_id = hello.vcpu_count - 1,
    };
    memcpy(info->handle, d->uuid, sizeof(info->handle));
    return 0;
}

int xc_domain_getinfolist(xc_interface *xch, uint32_t first_domain, unsigned int max_domains,
                          xc_domaininfo_t *info)
{
    struct xen_domain d;
    unsigned int found = 0;
    int rc = 0;

    if (!xc_is_open(xch)) {
        return -1;
    }
    for (unsigned int i = 0; !rc && found < max_domains && altview_xen_at(i, &d); i++) {
        if (d.domid >= first_domain) {
            rc = describe(&d, &info[found]);
            found += !rc;
        }
    }
    return rc ? xc_result(rc) : (int)found;
}

int xc_domain_getinfo(xc_interface *xch, uint32_t first_domid, unsigned int max_doms,
                      xc_dominfo_t *info)
{
    xc_domaininfo_t list[DOMAINS_MAX] = {{0}};
    int count = xc_domain_getinfolist(xch, first_domid,
                                      max_doms < DOMAINS_MAX ? max_doms : DOMAINS_MAX, list);

    for (int i = 0; i < count; i++) {
        info[i] = (xc_dominfo_t){
            .domid = list[i].domain,
            .running = 1,
            .hvm = 1,
            .hap = 1,
            .nr_pages = list[i].tot_pages,
            .max_memkb = list[i].max_pages << (XC_PAGE_SHIFT - 10),
            .nr_online_vcpus = list[i].nr_online_vcpus,
            .max_vcpu_id = list[i].max_vcpu_id,
        };
        memcpy(info[i].handle, list[i].handle, sizeof(info[i].handle));
    }
    return count;
}

int xc_domain_maximum_gpfn(xc_interface *xch, uint32_t domid, xen_pfn_t *gpfns)
{
    altview *h = xc_domain(xch, domid);
    struct guest_memory m = {0};
    int rc = h ? xc_result(guest_memory(h, &m)) : -1;

    if (!rc) {
        *gpfns = m.last;
    }
    return rc;
}

int xc_domain_nr_gpfns(xc_interface *xch, uint32_t domid, xen_pfn_t *gpfns)
{
    int rc = xc_domain_maximum_gpfn(xch, domid, gpfns);

    *gpfns += !rc;
    return rc;
}

/* The memory of an existing domain has no other bound. Domain 0 is this computer: LibVMI names it
 * while it only looks for its guest (libvmi/driver/xen/xen.c, xen_test), as on Xen in vain. */
int xc_domain_setmaxmem(xc_interface *xch, uint32_t domid, uint64_t max_memkb)
{
    (void)max_memkb;
    if (!domid) {
        return xc_is_open(xch) ? 0 : -1;
    }
    return xc_domain(xch, domid) ? 0 : -1;
}

/* The domain's, not a handle's, as on Xen: all handles have one connection. */
int xc_domain_pause(xc_interface *xch, uint32_t domid)
{
    altview *h = xc_domain(xch, domid);

    return h ? xc_result(altview_pause(h, ALTVIEW_ALL_VCPUS)) : -1;
}

int xc_domain_unpause(xc_interface *xch, uint32_t domid)
{
    altview *h = xc_domain(xch, domid);

    return h ? xc_result(altview_unpause(h, ALTVIEW_ALL_VCPUS)) : -1;
}

/* It is an option of the boot. */
int xc_domain_set_access_required(xc_interface *xch, uint32_t domid, unsigned int required)
{
    altview *h = xc_domain(xch, domid);
    struct altview_hello hello;
    int rc = h ? altview_hello(h, &hello) : 0;

    if (!h) {
        return -1;
    }
    if (!rc && !(hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED) != !required) {
        rc = altview_fail(-EOPNOTSUPP,
                          "access_required is chosen at boot, by altview run --access-required");
    }
    return xc_result(rc);
}

int xc_domain_debug_control(xc_interface *xch, uint32_t domid, uint32_t sop, uint32_t vcpu)
{
    altview *h = xc_domain(xch, domid);

    if (!h) {
        return -1;
    }
    if (sop != XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_ON && sop != XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_OFF) {
        return xc_result(altview_fail(-ENOSYS, "debug operation %u is not known", sop));
    }
    return xc_result(altview_single_step(h, vcpu, sop == XEN_DOMCTL_DEBUG_OP_SINGLE_STEP_ON));
}

/* x86 keeps its caches coherent. */
int xc_domain_cacheflush(xc_interface *xch, uint32_t domid, xen_pfn_t start_pfn, xen_pfn_t nr_pfns)
{
    (void)start_pfn;
    (void)nr_pfns;
    return xc_domain(xch, domid) ? 0 : -1;
}

int xc_domain_get_tsc_info(xc_interface *xch, uint32_t domid, uint32_t *tsc_mode,
                           uint64_t *elapsed_nsec, uint32_t *gtsc_khz, uint32_t *incarnation)
{
    altview *h = xc_domain(xch, domid);
    struct altview_hello hello;
    int rc = h ? xc_result(altview_hello(h, &hello)) : -1;

    if (!rc) {
        *tsc_mode = 0;
        *elapsed_nsec = 0;
        *gtsc_khz = (uint32_t)(hello.tsc_hz / 1000);
        *incarnation = 0;
    }
    return rc;
}

int xc_hvm_param_get(xc_interface *handle, uint32_t dom, uint32_t param, uint64_t *value)
{
    altview *h = xc_domain(handle, dom);
    struct altview_hello hello;

    if (!h) {
        return -1;
    }
    if (param != HVM_PARAM_ALTP2M) {
        return xc_result(altview_fail(-EINVAL, "of a domain's parameters only ALTP2M is here"));
    }
    int rc = xc_result(altview_hello(h, &hello));
    if (!rc) {
        *value = hello.mode;
    }
    return rc;
}

/* The mode is chosen at boot: it may be set to what it is. */
int xc_hvm_param_set(xc_interface *handle, uint32_t dom, uint32_t param, uint64_t value)
{
    uint64_t now = 0;
    int rc = xc_hvm_param_get(handle, dom, param, &now);

    if (!rc && now != value) {
        rc = xc_result(altview_fail(-EINVAL, "altp2m's mode is chosen at boot, by altview run "
                                             "--mode"));
    }
    return rc;
}

int xc_get_hvm_param(xc_interface *handle, uint32_t dom, int param, unsigned long *value)
{
    uint64_t wide = 0;
    int rc = xc_hvm_param_get(handle, dom, (uint32_t)param, &wide);

    if (!rc) {
        *value = wide;
    }
    return rc;
}

int xc_set_hvm_param(xc_interface *handle, uint32_t dom, int param, unsigned long value)
{
    return xc_hvm_param_set(handle, dom, (uint32_t)param, value);
}
