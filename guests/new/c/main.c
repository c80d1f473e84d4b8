/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest of altview's: it moves between two views of its memory by VMFUNC. */
#include "altp2m.h"
#include "console.h"
#include "memory.h"
#include "probe.h"
#include "runtime.h"

unsigned int guest_main(void)
{
    volatile uint8_t *front = memory_pages(1), *vault = memory_pages(1);
    uint16_t view = 0;

    *front = 1;
    *vault = 2;
    altp2m_set_state(1);
    altp2m_create(XENMEM_access_rwx, &view);
    altp2m_change_gfn(view, memory_gfn(front), memory_gfn(vault));
    altview_set_vmfunc(0, 1);
    printf("view 0: %u\n", *front);
    vmfunc(0, view);
    printf("view %u: %u\n", view, *front);
    return SHUTDOWN_poweroff;
}
