/* SPDX-License-Identifier: BSD-2-Clause */
/* Never ends: for the launcher's time limit. */
#include "console.h"
#include "runtime.h"

unsigned int guest_main(void)
{
    printf("spinning for ever\n");
    for (;;)
        __asm__ volatile("cli; pause");
}
