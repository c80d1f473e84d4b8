/* SPDX-License-Identifier: BSD-2-Clause */
/* Real mode: copied to the page that the start-up IPI names; CS is there, IP is 0. */
#include "idle.h"

    .section .rodata
    .code16
    .globl idle_code
idle_code:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lock incl IDLE_STARTS
1:  lock incl IDLE_TURNS
    cmpl $0, IDLE_FAULT
    jne 2f
    pause
    jmp 1b

    /* No vector is within the limit: not #UD's, not #GP's, not #DF's. */
2:  movl $0, IDLE_FAULT
    lidt no_idt - idle_code
    ud2
no_idt:
    .word 0
    .long 0

    .org idle_code + IDLE_NMI
    iret
    .org idle_code + IDLE_SIZE

    .section .note.GNU-stack, "", @progbits
