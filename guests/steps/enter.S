/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into a sequence by IRET, with all registers given; and its exceptions, whose frames the CPU has
 * pushed onto the sequence's stack. Nothing else is pushed there.
 */
#include "arena.h"
#include "enter.h"
#include "layout.h"

/* Vectors that push an error code (SDM Vol. 3A, table 6-1): 8, 10 to 14, 17, 21. */
#define HAS_ERROR_CODE 0x00227d00

    .macro each_gpr do
    \do rcx, 1
    \do rdx, 2
    \do rbx, 3
    \do rbp, 5
    \do rsi, 6
    \do r8, 8
    \do r9, 9
    \do r10, 10
    \do r11, 11
    \do r12, 12
    \do r13, 13
    \do r14, 14
    \do r15, 15
    \do rdi, 7
    .endm
    .macro save reg, n
    mov %\reg, EVENT_GPR(\n)(%rax)
    .endm
    .macro load reg, n
    mov EVENT_GPR(\n)(%rdi), %\reg
    .endm

    .text
    .globl enter
enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, host_stack
    mov $-1, %eax
    mov %eax, %edx
    xrstor64 enter_vectors
    pushq EVENT_VECTOR + 48(%rdi)
    pushq EVENT_GPR(4)(%rdi)
    pushq EVENT_FLAGS(%rdi)
    pushq EVENT_VECTOR + 24(%rdi)
    pushq EVENT_RESUME(%rdi)
    mov EVENT_GPR(0)(%rdi), %rax
    each_gpr load
    iretq

/* The one at the cursor is filled in, and the handler says how to go on. */
taken:
    mov %rax, saved_rax
    mov enter_cursor, %rax
    each_gpr save
    mov saved_rax, %rcx
    mov %rcx, EVENT_GPR(0)(%rax)
    mov %rsp, EVENT_FRAME(%rax)
    i = 0
    .rept 7
    popq EVENT_VECTOR + 8 * i(%rax)
    i = i + 1
    .endr
    mov EVENT_VECTOR + 40(%rax), %rcx
    mov %rcx, EVENT_GPR(4)(%rax)
    mov %cr2, %rcx
    mov %rcx, EVENT_CR2(%rax)
    mov %dr6, %rcx
    mov %rcx, EVENT_DR6(%rax)
    cld
    mov host_stack, %rsp
    mov %rax, %rdi
    call event_handle
    test %rax, %rax
    jz back
    mov %rax, %rdi
    mov EVENT_FRAME(%rdi), %rsp
    add $16, %rsp
    mov EVENT_RESUME(%rdi), %rcx
    mov %rcx, (%rsp)
    mov EVENT_FLAGS(%rdi), %rcx
    mov %rcx, 16(%rsp)
    mov EVENT_GPR(0)(%rdi), %rax
    each_gpr load
    iretq

back:
    mov $-1, %eax
    mov %eax, %edx
    xsave64 enter_vectors_end
    mov $LAYOUT_DATA, %eax
    mov %eax, %ss
    mov host_stack, %rsp
    push $LAYOUT_CODE64
    push $1f
    lretq
1:  pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .balign 16
    .globl enter_stubs
enter_stubs:
    vector = 0
    .rept 256
    .balign 16
    .if vector >= 32 || !((HAS_ERROR_CODE >> (vector & 31)) & 1)
    push $0
    .endif
    push $vector
    jmp taken
    vector = vector + 1
    .endr

    .bss
    .balign 64
    .globl enter_vectors, enter_vectors_end, enter_cursor
enter_vectors:      .skip ENTER_VECTOR_SIZE
enter_vectors_end:  .skip ENTER_VECTOR_SIZE
enter_cursor:       .skip 8
host_stack:         .skip 8
saved_rax:          .skip 8

    .section .note.GNU-stack, "", @progbits
