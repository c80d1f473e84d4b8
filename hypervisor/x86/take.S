/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking an external interrupt in root mode, in the guest's place: tables.h. */
#include "x86/exceptions.h"

#define RFLAGS_IF (1 << 9)

    .text
    /* int interrupt_take(void): the vector of the pending interrupt; -1: none. */
    .globl interrupt_take
interrupt_take:
    mov $-1, %eax
    sti
    nop /* after this one */
    cli
    ret

    .balign EXCEPTION_ENTRY_SIZE
    .globl interrupt_entries
interrupt_entries:
    vector = 0
    .rept INTERRUPT_COUNT
    .balign EXCEPTION_ENTRY_SIZE
    mov $vector, %eax
    jmp taken
    vector = vector + 1
    .endr

taken:
    andl $~RFLAGS_IF, 16(%rsp) /* no second one */
    iretq
    .section .note.GNU-stack, "", @progbits
