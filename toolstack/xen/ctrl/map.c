/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory in the program. */
#define XC_WANT_COMPAT_MAP_FOREIGN_API
#include "toolstack/xen/foreign.h"
#include "xc.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

_Static_assert(sizeof(xen_pfn_t) == sizeof(uint64_t), "gfns are as Xen has them");

static void *map(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int *err,
                 size_t num)
{
    void *address = xc_domain(xch, dom) ? altview_xen_map(dom, prot, arr, err, num) : NULL;

    xc_set_error(address ? 0 : errno);
    return address;
}

void *xc_map_foreign_pages(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int num)
{
    if (num <= 0) {
        errno = EINVAL;
        return NULL;
    }
    return map(xch, dom, prot, arr, NULL, (size_t)num);
}

void *xc_map_foreign_bulk(xc_interface *xch, uint32_t dom, int prot, const xen_pfn_t *arr, int *err,
                          unsigned int num)
{
    return map(xch, dom, prot, arr, err, num);
}

/* From one gfn on, rounded up to pages. */
void *xc_map_foreign_range(xc_interface *xch, uint32_t dom, int size, int prot, unsigned long mfn)
{
    size_t count = size > 0 ? ((size_t)size + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE : 0;
    xen_pfn_t *gfns = calloc(count + 1, sizeof(*gfns));
    void *address;

    if (!gfns) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        gfns[i] = mfn + i;
    }
    address = map(xch, dom, prot, gfns, NULL, count);
    free(gfns);
    return address;
}
