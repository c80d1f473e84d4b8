/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real mode code that runs at any address: does CPUID show this CPU as altview does, with a
 * hypervisor and no VMX? A CPU that shows VMX runs without altview.
 */
#include "outside.h"

#define CPUID_FEATURES   1
#define ECX_VMX          (1 << 5)
#define ECX_HYPERVISOR   (1 << 31)

    .section .rodata
    .code16
    .globl outside_code
outside_code:
    cli
    mov $(OUTSIDE_PAGE / 16), %ax
    mov %ax, %ds
    lock incl OUTSIDE_STARTS
    mov $CPUID_FEATURES, %eax
    cpuid
    and $(ECX_VMX | ECX_HYPERVISOR), %ecx
    cmp $ECX_HYPERVISOR, %ecx
    je 1f
    lock incl OUTSIDE_SEEN
1:  pause
    jmp 1b
    .org outside_code + OUTSIDE_SIZE

    .section .note.GNU-stack, "", @progbits
