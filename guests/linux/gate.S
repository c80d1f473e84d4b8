/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One page of code with two faces. All views show the door; in the vault's view the page shows the
 * inside, which is all that can be executed there, and the secret can be read. Both are copied to
 * pages of their own, the secret 2 pages behind the door: vault.h.
 *
 * An interrupt in the vault's view brings the vCPU back to the closed view, for the kernel's code
 * can't be executed in the vault's. When the kernel returns, the instruction pointer is where the
 * inside was, but what stands there is the door: from ENTERED to the last VMFUNC it is a slope of
 * one-byte instructions that ends in trying again.
 *
 * Returns the checksum in RAX; RDX counts the attempts that were interrupted. Uses RCX, RSI, R8.
 */
#include "vault.h"

#define ENTERED 16 /* where the first VMFUNC ends */
#define VMFUNC  .byte 0x0f, 0x01, 0xd4 /* an assembler may not know it */

    .section .rodata
    .balign 16
    .globl gate_inside, gate_inside_end, gate_door, gate_door_end

gate_inside:
    .org gate_inside + ENTERED, 0xcc
    lea gate_inside + VAULT_SECRET * VAULT_PAGE_SIZE(%rip), %rsi
    xor %r8d, %r8d
    mov $VAULT_PAGE_SIZE / 8, %ecx
1:  rol $5, %r8
    xor (%rsi), %r8
    add $8, %rsi
    dec %ecx
    jnz 1b
    xor %eax, %eax
    mov $VIEW_CLOSED, %ecx
inside_leaves:
    VMFUNC
    ud2 /* the view was hidden, or the door is not where it was */
gate_inside_end:

gate_door:
    xor %edx, %edx
try:
    .org gate_door + ENTERED - 10, 0x90
    xor %eax, %eax
    mov $VIEW_VAULT, %ecx
    VMFUNC
    .org gate_door + (inside_leaves - gate_inside), 0x90
    jmp again
    .org gate_door + (inside_leaves - gate_inside) + 3, 0x90
    mov %r8, %rax
    ret
again:
    inc %edx
    jmp try
gate_door_end:

    .section .note.GNU-stack, "", @progbits
