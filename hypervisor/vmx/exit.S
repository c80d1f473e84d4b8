/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the guest and out of it. At a VM exit RSP points to the end of vcpu->registers (VMCS field
 * "host RSP"), so that pushing the guest's registers fills them and leaves RSP at the vCPU. No
 * other state of the guest needs saving: the hypervisor uses general registers only.
 */
#include "x86/load_registers.inc"
#include "vmx-offsets.h"

    .section .text.vmx_exit, "ax"
    .code64

.macro load_registers
    popq %rax
    load_registers_behind_rax
.endm

    /* void vendor_enter(struct vcpu *): the first entry, and that after a VMCLEAR */
    .globl vendor_enter
vendor_enter:
    movq VCPU_HOST_STACK(%rdi), %rax
    movq %rdi, (%rax) /* for the end of exits */
    movq %rdi, %rsp
    load_registers
    vmlaunch
    jmp failed

    .balign 16
    .globl vmx_exit
vmx_exit:
    .irp number, 15, 14, 13, 12, 11, 10, 9, 8
    pushq %r\number
    .endr
    .irp name, di, si, bp, sp, bx, dx, cx, ax
    pushq %r\name
    .endr
    movq %rsp, %rdi
    movq VCPU_HOST_STACK(%rdi), %rsp
    call *VCPU_HANDLE_EXIT(%rdi)
    popq %rsp
    load_registers
    vmresume
failed: /* RSP is as at vmx_exit */
    leaq -VCPU_REGISTERS_SIZE(%rsp), %rdi
    movq VCPU_HOST_STACK(%rdi), %rsp
    call vmx_entry_failed
    .section .note.GNU-stack, "", @progbits
