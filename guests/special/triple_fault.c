/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends in a triple fault: an exception with no descriptor table to deliver it. */
#include "console.h"
#include "cpu.h"
#include "runtime.h"

unsigned int guest_main(void)
{
    printf("about to fault three times\n");
    cpu_load_idt(NULL, 1);
    __asm__ volatile("ud2");
    return 0;
}
