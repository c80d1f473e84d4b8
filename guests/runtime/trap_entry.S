/* SPDX-License-Identifier: BSD-2-Clause */
/* Exception entry, and the call that survives an exception. The frame is struct trap_frame. */
#include "layout.h"

/* reg = percpu(): its first word is the stack of the trap_call under way. */
    .macro get_percpu reg
    str \reg
    sub $LAYOUT_TASKS, \reg
    shr $LAYOUT_TASK_SHIFT, \reg
#ifdef __x86_64__
    mov percpu_areas(, \reg, 8), \reg
#else
    mov percpu_areas(, \reg, 4), \reg
#endif
    .endm

/* Vectors that push an error code (SDM Vol. 3A, table 6-1): 8, 10 to 14, 17, 21. */
#define HAS_ERROR_CODE 0x00227d00

    .text
    .balign 16
    .globl trap_stubs
trap_stubs:
    vector = 0
    .rept 256
    .balign 16
    .if vector >= 32 || !((HAS_ERROR_CODE >> vector) & 1)
    push $0
    .endif
    push $vector
    jmp trap_common
    vector = vector + 1
    .endr

trap_common:
#ifdef __x86_64__
    push %r15
    push %r14
    push %r13
    push %r12
    push %r11
    push %r10
    push %r9
    push %r8
    push %rdi
    push %rsi
    push %rbp
    push %rbx
    push %rdx
    push %rcx
    push %rax
    cld
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp
    call trap_dispatch
    mov %rbp, %rsp
    pop %rax
    pop %rcx
    pop %rdx
    pop %rbx
    pop %rbp
    pop %rsi
    pop %rdi
    pop %r8
    pop %r9
    pop %r10
    pop %r11
    pop %r12
    pop %r13
    pop %r14
    pop %r15
    add $16, %rsp
    iretq
#else
    push %edi
    push %esi
    push %ebp
    push %ebx
    push %edx
    push %ecx
    push %eax
    cld
    mov %esp, %ebp
    push %ebp
    call trap_dispatch
    mov %ebp, %esp
    pop %eax
    pop %ecx
    pop %edx
    pop %ebx
    pop %ebp
    pop %esi
    pop %edi
    add $8, %esp
    iret
#endif

/*
 * unsigned long trap_call(void (*function)(void *), void *argument): call the function; 0 if it
 * returned, 1 if trap_dispatch sent an exception in it to trap_unwind. Calls may nest.
 */
    .globl trap_call, trap_unwind
trap_call:
#ifdef __x86_64__
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    get_percpu %rdx
    pushq (%rdx)
    mov %rsp, (%rdx)
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    xor %eax, %eax
    jmp 1f
trap_unwind:
    get_percpu %rdx
    mov (%rdx), %rsp
    mov $1, %eax
1:  get_percpu %rdx
    popq (%rdx)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
#else
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov 20(%esp), %eax
    mov 24(%esp), %edx
    get_percpu %ecx
    pushl (%ecx)
    mov %esp, (%ecx)
    push %edx
    call *%eax
    xor %eax, %eax
    jmp 1f
trap_unwind:
    mov $1, %eax
1:  get_percpu %ecx
    mov (%ecx), %esp
    popl (%ecx)
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret
#endif

    .section .note.GNU-stack, "", @progbits
