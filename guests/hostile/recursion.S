/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions whose delivery raises them again, without end: the handler of recursion_debug's #DB
 * runs once its frames go to another stack. It comes back as a function does.
 */
    .text
    .code64
    .globl recursion_debug, recursion_debug_handler
recursion_debug:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, saved
    .byte 0xf1 /* INT1 */
    ud2
recursion_debug_handler:
    xor %eax, %eax
    mov %rax, %dr7
    mov saved, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

    .bss
    .balign 8
saved: .skip 8

    .section .note.GNU-stack, "", @progbits
