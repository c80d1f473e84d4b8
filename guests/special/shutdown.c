/* SPDX-License-Identifier: BSD-2-Clause */
/* Shuts down with the reason that the build has set. */
#include "console.h"
#include "runtime.h"
#include "xen.h"

unsigned int guest_main(void)
{
    printf("shutting down with reason %u\n", SHUTDOWN_REASON);
    return SHUTDOWN_REASON;
}
