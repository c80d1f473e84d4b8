/* SPDX-License-Identifier: BSD-2-Clause */
/* Shuts down with the reason it was built with. */
#include "console.h"
#include "runtime.h"
#include "xen.h"

unsigned int guest_main(void)
{
    printf("shutting down with reason %u\n", SHUTDOWN_REASON);
    return SHUTDOWN_REASON;
}
