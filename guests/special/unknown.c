/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes hypercalls that altview does not know, each twice. Xen has them, or answers -ENOSYS too. */
#include "console.h"
#include "runtime.h"
#include "xen.h"

#include <xen/xen.h>

#define NUMBER     49 /* of __HYPERVISOR_arch_0 and on: for no x86 domain */
#define OPERATIONS 40

unsigned int guest_main(void)
{
    long rc = 0;

    for (unsigned int i = 0; i < 2 * OPERATIONS; i++)
        rc = hypercall(NUMBER, i / 2, 0, 0, 0);
    printf("the last one: %s\n", xen_result(rc));
    return SHUTDOWN_poweroff;
}
