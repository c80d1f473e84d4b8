/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes to a page its view restricts, without #VE. Normally the restriction is lifted; with the
 * hypervisor's option access_required the guest is stopped at the write. A hypercall's buffer on a
 * page that becomes rwx at the first touch (n2rwx) is refused as the guest's own access would be.
 */
#include "altp2m.h"
#include "console.h"
#include "memory.h"
#include "runtime.h"
#include "xen.h"

#include <xen/event_channel.h>
#include <xen/xen.h>

unsigned int guest_main(void)
{
    volatile uint8_t *page = memory_pages(1), *buffer = memory_pages(1);
    uint16_t view;
    long rc;

    if (altp2m_set_state(1) || altp2m_create(XENMEM_access_rwx, &view) ||
        altp2m_set_access(view, memory_gfn(page), XENMEM_access_r) ||
        altp2m_set_access(view, memory_gfn(buffer), XENMEM_access_n2rwx) || altp2m_switch(view)) {
        printf("could not set up a restricted page\n");
        return SHUTDOWN_crash;
    }
    /* To port 0, which does not exist: -EINVAL once it has been read. */
    rc = hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)buffer, 0, 0);
    printf("a hypercall's buffer: %s\n", xen_result(rc));
    printf("writing to the read-only page at %#lx\n", (unsigned long)(uintptr_t)page);
    *page = 1;
    printf("the restriction was lifted\n");
    return SHUTDOWN_poweroff;
}
