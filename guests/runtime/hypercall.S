/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * long hypercall(unsigned long number, unsigned long a1, a2, a3, a4): from the C convention to
 * Xen's (xen/include/public/arch-x86/xen-x86_64.h and xen-x86_32.h), through the hypercall page.
 */
#define XEN_ERRNO(name, value) .equ XEN_##name, value;
#include <xen/errno.h>

    .text
    .globl hypercall
hypercall:
#ifdef __x86_64__
    mov %rdi, %rax
    shl $5, %rax                /* 32 bytes a stub */
    add $hypercall_page, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    mov %rcx, %rdx
    mov %r8, %r10
    jmp *%rax
#else
    push %ebx
    push %esi
    mov 12(%esp), %eax
    shl $5, %eax
    add $hypercall_page, %eax
    mov 16(%esp), %ebx
    mov 20(%esp), %ecx
    mov 24(%esp), %edx
    mov 28(%esp), %esi
    call *%eax
    pop %esi
    pop %ebx
    ret

    /* The same with one more. */
    .globl hypercall5
hypercall5:
    push %ebx
    push %esi
    push %edi
    mov 16(%esp), %eax
    shl $5, %eax
    add $hypercall_page, %eax
    mov 20(%esp), %ebx
    mov 24(%esp), %ecx
    mov 28(%esp), %edx
    mov 32(%esp), %esi
    mov 36(%esp), %edi
    call *%eax
    pop %edi
    pop %esi
    pop %ebx
    ret
#endif

/* Until Xen fills the page every hypercall answers -ENOSYS: there is no Xen. */
    .data
    .balign 4096
    .globl hypercall_page
hypercall_page:
    .rept 4096 / 32
    .balign 32
#ifdef __x86_64__
    mov $-XEN_ENOSYS, %rax
#else
    mov $-XEN_ENOSYS, %eax
#endif
    ret
    .endr
    .balign 4096

    .section .note.GNU-stack, "", @progbits
