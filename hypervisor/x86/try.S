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

    .globl try_refused
try_refused:
    xor %eax, %eax
    ret
    .section .note.GNU-stack, "", @progbits
