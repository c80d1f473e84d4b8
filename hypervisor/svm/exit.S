/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the guest and out of it. VMRUN saves RSP and RAX for itself, and gives them back at the exit
 * (APM Vol. 2 15.5.1): RSP then points just behind vcpu->registers, so that pushing the guest's
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

    .balign 16
enter:
    clgi
    cmpb $0, VCPU_ATTENTION(%rdi) /* an NMI may have come since it was last looked at */
    jne attend
    cmpb $0, SVM_BUSY(%rdi)
    jne settle
settled:
    movq SVM_VMCB(%rdi), %rdx
    movq (%rdi), %rcx
    movq %rcx, VMCB_RAX(%rdx)
    movq SVM_VMCB_PAGE(%rdi), %rax
    leaq 8(%rdi), %rsp
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
    leaq -8(%rsp), %rdi
    movq SVM_VMCB(%rdi), %rdx
    movq VMCB_RAX(%rdx), %rcx
    movq %rcx, (%rdi)
    movq SVM_HOST_PAGE(%rdi), %rax
    vmload %rax
    movq VCPU_HOST_STACK(%rdi), %rsp
    stgi
    call *VCPU_HANDLE_EXIT(%rdi)
    movq (%rsp), %rdi
    jmp enter

attend:
    stgi
    movq VCPU_HOST_STACK(%rdi), %rsp
    call *SVM_ATTEND(%rdi)
    movq (%rsp), %rdi
    jmp enter

settle: /* with GIF 0 */
    movq VCPU_HOST_STACK(%rdi), %rsp
    call svm_settle
    movq (%rsp), %rdi
    testb %al, %al
    jnz settled
    stgi
    movq (%rsp), %rdi
    call *SVM_WAIT_ON(%rdi)
    movq (%rsp), %rdi
    jmp enter
    .section .note.GNU-stack, "", @progbits
