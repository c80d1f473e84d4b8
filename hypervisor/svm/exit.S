/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the guest and out of it. VMRUN saves RSP and RAX for itself, and gives them back at the exit
 * (APM Vol. 2 15.5.1): RSP then points to the end of vcpu->registers, so that pushing the guest's
 * registers fills them. RAX is in the VMCB. From CLGI to STGI neither an NMI nor an interrupt
 * comes.
 */
#include "x86/load_registers.inc"
#include "svm-offsets.h"

    .section .text.svm_exit, "ax"
    .code64

    /* void vendor_enter(struct vcpu *): the vCPU's first entry on this CPU */
    .globl vendor_enter
vendor_enter:
    movq VCPU_HOST_STACK(%rdi), %rax
    movq %rdi, (%rax) /* for the end of exits */
    jmp enter

    .balign 16
settled:
    movq SVM_VMCB(%rdi), %rdx
    movq SVM_VMCB_PAGE(%rdi), %rax
    movq %rdi, %rsp
    popq VMCB_RAX(%rdx)
    load_registers_behind_rax
    vmload %rax
    vmrun %rax
    vmsave %rax
    .irp number, 15, 14, 13, 12, 11, 10, 9, 8
    pushq %r\number
    .endr
    .irp name, di, si, bp, sp, bx, dx, cx
    pushq %r\name
    .endr
    movq SVM_VMCB - 8(%rsp), %rdx
    pushq VMCB_RAX(%rdx)
    movq %rsp, %rdi
    movq SVM_HOST_PAGE(%rdi), %rax
    vmload %rax
    movq VCPU_HOST_STACK(%rdi), %rsp
    stgi
    call *VCPU_HANDLE_EXIT(%rdi)
again:
    movq (%rsp), %rdi
enter:
    clgi
    movb VCPU_ATTENTION(%rdi), %al /* an NMI may have come since it was last looked at */
    orb SVM_BUSY(%rdi), %al
    jz settled
    cmpb $0, VCPU_ATTENTION(%rdi)
    jne attend

    /* with GIF 0 */
    movq VCPU_HOST_STACK(%rdi), %rsp
    call svm_settle
    movq (%rsp), %rdi
    testb %al, %al
    jnz settled
    stgi
    call *SVM_WAIT_ON(%rdi)
    jmp again

attend:
    stgi
    movq VCPU_HOST_STACK(%rdi), %rsp
    call *SVM_ATTEND(%rdi)
    jmp again
    .section .note.GNU-stack, "", @progbits
