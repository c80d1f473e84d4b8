/* SPDX-License-Identifier: BSD-2-Clause */
/* The 32 exception entries: give the stack one layout, save the registers, call C. */
#include "x86/exceptions.h"

/* Bit n: the CPU pushes an error code for vector n (SDM Vol. 3A 6.15). */
#define WITH_ERROR_CODE (1 << 8 | 0x1f << 10 | 1 << 17 | 1 << 21 | 3 << 29)

    .text
    .balign EXCEPTION_ENTRY_SIZE
    .globl exception_entries
exception_entries:
    vector = 0
    .rept EXCEPTION_COUNT
    .balign EXCEPTION_ENTRY_SIZE
    .if !((WITH_ERROR_CODE >> vector) & 1)
    push $0
    .endif
    push $vector
    jmp exception_common
    vector = vector + 1
    .endr

exception_common:
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call exception_handle
    mov %rbp, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rbp
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp
    iretq
    .section .note.GNU-stack, "", @progbits
