/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The vault's door and inside, at one address. All views show the door. In the vault's view the
 * page shows the inside, which is the only executable code there, and the secret is readable. Both
 * are copied to pages of their own, the secret 2 pages after the door: vault.h.
 *
 * An interrupt in the vault's view brings the vCPU back to the closed view, for the kernel's code
 * can't be executed in the vault's. When the kernel returns, the instruction pointer is at an
 * address of the inside, but the view shows the door there: from ENTERED to the last VMFUNC it is a
 * row of one-byte instructions that ends in trying again.
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
    ud2 /* the view was hidden, or the door is at another address */
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
