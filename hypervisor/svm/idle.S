/* SPDX-License-Identifier: BSD-2-Clause */
/* The small guest that waits in a vCPU's place: settle.c. */
    .text
    .code64

    /*
     * void svm_idle(uint64_t vmcb): run a guest that has no registers to keep. With GIF 0.
     */
    .globl svm_idle
svm_idle:
    .irp name, bx, bp, 12, 13, 14, 15
    pushq %r\name
    .endr
    movq %rdi, %rax
    vmrun %rax
    .irp name, 15, 14, 13, 12, bp, bx
    popq %r\name
    .endr
    ret

    /* The code of that guest: it halts until an event comes, or exits at once. */
    .globl svm_idle_sleeps, svm_idle_polls
svm_idle_sleeps:
    hlt
    jmp svm_idle_sleeps
svm_idle_polls:
    pause
    jmp svm_idle_polls
    .section .note.GNU-stack, "", @progbits
