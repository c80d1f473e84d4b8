/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enter a sequence by IRET, with all registers given; and its exceptions, whose frames the CPU has
 * pushed onto the sequence's stack. Nothing else is pushed there. IRET unblocks NMIs, so the code
 * enters a sequence in an NMI's handler by a far return, as far as possible.
 */
#include "arena.h"
#include "enter.h"
#include "layout.h"

/* Vectors that push an error code (SDM Vol. 3A, table 6-1): 8, 10 to 14, 17, 21. */
#define HAS_ERROR_CODE 0x00227d00

#define NMI 2
#define RPL 3
#define TF  0x100

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
    mov %rdi, started
    cmpl $NMI, EVENT_VECTOR(%rdi)
    jne begin
    movb $1, awaits_nmi
    call event_nmi
1:  pause
    jmp 1b

begin:
    mov started, %rdi
    mov $-1, %eax
    mov %eax, %edx
    xrstor64 enter_vectors
    cmpl $NMI, EVENT_VECTOR(%rdi)
    je by_return
    pushq EVENT_SS(%rdi)
    pushq EVENT_SP(%rdi)
    pushq EVENT_FLAGS(%rdi)
    pushq EVENT_CS(%rdi)
    pushq EVENT_RESUME(%rdi)
    mov EVENT_GPR(0)(%rdi), %rax
    each_gpr load
    iretq

/* The flags come on the way, where TF would trap; the far return's 16 bytes lie below the stack. */
by_return:
    mov host_stack, %rsp
    mov EVENT_SP(%rdi), %rax
    mov EVENT_RESUME(%rdi), %rcx
    mov %rcx, -16(%rax)
    mov EVENT_CS(%rdi), %rcx
    mov %rcx, -8(%rax)
    mov EVENT_SS(%rdi), %ss
    pushq EVENT_FLAGS(%rdi)
    popfq
    lea -16(%rax), %rsp
    mov EVENT_GPR(0)(%rdi), %rax
    each_gpr load
    lretq

nmi:
    cmpb $0, awaits_nmi
    je taken
    movb $0, awaits_nmi
    jmp begin

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
    mov EVENT_SP(%rax), %rcx
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
    testl $RPL, EVENT_CS(%rdi)
    jnz by_iret
    testl $TF, EVENT_FLAGS(%rdi)
    jnz by_iret
    mov started, %rax
    cmpl $NMI, EVENT_VECTOR(%rax)
    je by_return
by_iret:
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
    mov host_stack, %rsp
    mov %rsp, %rcx
    push $LAYOUT_DATA
    push %rcx
    pushfq
    push $LAYOUT_CODE64
    push $1f
    iretq
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
    .if vector == NMI
    jmp nmi
    .else
    jmp taken
    .endif
    vector = vector + 1
    .endr

    .bss
    .balign 64
    .globl enter_vectors, enter_vectors_end, enter_cursor
enter_vectors:      .skip ENTER_VECTOR_SIZE
enter_vectors_end:  .skip ENTER_VECTOR_SIZE
enter_cursor:       .skip 8
host_stack:         .skip 8
started:            .skip 8
awaits_nmi:         .skip 8
saved_rax:          .skip 8

    .section .note.GNU-stack, "", @progbits
