/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenforeignmemory: guest memory in the program, by a separate handle. */
#include "toolstack/xen/domains.h"
#include "toolstack/xen/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <xenforeignmemory.h>

struct xenforeignmemory_handle {
    int unused; /* all handles are alike */
};

xenforeignmemory_handle *xenforeignmemory_open(struct xentoollog_logger *logger,
                                               unsigned open_flags)
{
    xenforeignmemory_handle *fmem = calloc(1, sizeof(*fmem));
    int rc = fmem ? altview_xen_open_or_say() : -ENOMEM;

    (void)logger;
    (void)open_flags;
    if (rc) {
        free(fmem);
        errno = -rc;
        return NULL;
    }
    return fmem;
}

int xenforeignmemory_close(xenforeignmemory_handle *fmem)
{
    if (fmem) {
        altview_xen_write_back();
        altview_xen_close();
        free(fmem);
    }
    return 0;
}

void *xenforeignmemory_map2(xenforeignmemory_handle *fmem, uint32_t dom, void *addr, int prot,
                            int flags, size_t pages, const xen_pfn_t arr[], int err[])
{
    (void)fmem;
    if (addr || flags) {
        errno = ENOSYS; /* it is placed where there is room */
        return NULL;
    }
    altview_xen_write_back();
    return altview_xen_map(dom, prot, arr, err, pages);
}

void *xenforeignmemory_map(xenforeignmemory_handle *fmem, uint32_t dom, int prot, size_t pages,
                           const xen_pfn_t arr[], int err[])
{
    return xenforeignmemory_map2(fmem, dom, NULL, prot, 0, pages, arr, err);
}

int xenforeignmemory_unmap(xenforeignmemory_handle *fmem, void *addr, size_t pages)
{
    (void)fmem;
    altview_xen_before_munmap(addr);
    return munmap(addr, pages << 12);
}
