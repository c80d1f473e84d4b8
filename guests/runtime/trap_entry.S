/* SPDX-License-Identifier: BSD-2-Clause */
/* Exception entry, and the call that survives an exception. The frame is struct trap_frame. */

/* Vectors that push an error code (SDM Vol. 3A, table 6-1): 8, 10 to 14, 17, 21. */
#define HAS_ERROR_CODE 0x00227d00

    .text
    .balign 16
    .globl trap_stubs
trap_stubs:
    vector = 0
    .rept 32
    .balign 16
    .if !((HAS_ERROR_CODE >> vector) & 1)
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
    pushq trap_unwind_stack
    mov %rsp, trap_unwind_stack
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    xor %eax, %eax
    jmp 1f
trap_unwind:
    mov trap_unwind_stack, %rsp
    mov $1, %eax
1:  popq trap_unwind_stack
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
    pushl trap_unwind_stack
    mov %esp, trap_unwind_stack
    push %edx
    call *%eax
    xor %eax, %eax
    jmp 1f
trap_unwind:
    mov $1, %eax
1:  mov trap_unwind_stack, %esp
    popl trap_unwind_stack
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret
#endif

    .bss
    .balign 8
    .globl trap_unwind_stack
trap_unwind_stack:
    .skip 8

    .section .note.GNU-stack, "", @progbits
