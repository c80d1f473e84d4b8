/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions that may take an exception. */
    .text

/*
 * bool NAME_try(uint32_t ECX, uint64_t EDX:EAX). At NAME_instruction it may take #GP, from which
 * exceptions.c goes on at try_refused; at both RSP is the caller's.
 */
.macro try name
    .globl \name\()_try, \name\()_instruction
\name\()_try:
    mov %edi, %ecx
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
\name\()_instruction:
    \name
    mov $1, %eax
    ret
.endm

    try wrmsr
    try xsetbv

    /* bool rdmsr_try(uint32_t ECX, uint64_t *RSI) */
    .globl rdmsr_try, rdmsr_instruction
rdmsr_try:
    mov %edi, %ecx
rdmsr_instruction:
    rdmsr
    mov %eax, (%rsi)
    mov %edx, 4(%rsi)
    mov $1, %eax
    ret

    .globl try_refused
try_refused:
    xor %eax, %eax
    ret
    .section .note.GNU-stack, "", @progbits
