/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where further CPUs begin, and their way to cpu_main (cpus.c) with the stack and the argument that
 * cpu_entry_stack and cpu_entry_number hold.
 */
#include "layout.h"

/* Real mode, copied to the page that the start-up IPI names: CS is there, IP is 0. */
    .section .rodata
    .code16
    .globl cpu_trampoline, cpu_trampoline_end
cpu_trampoline:
    cli
    lgdtl %cs:(1f - cpu_trampoline)
    mov %cr0, %eax
    or $1, %al              /* PE */
    mov %eax, %cr0
    ljmpl $LAYOUT_CODE32, $cpu_entry32
    .balign 4
1:  .word LAYOUT_GDT_SIZE - 1
    .long runtime_gdt
cpu_trampoline_end:

/* Protected mode without paging, CS flat. */
    .text
    .code32
    .globl cpu_entry32
cpu_entry32:
    cld
    lgdt %cs:runtime_gdt_pointer    /* DS may still have real mode's limit */
    mov $LAYOUT_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov %cr0, %eax
    and $0x9fffffff, %eax   /* INIT leaves the caches off: CD, NW, SDM Vol. 3A table 10-1 */
    mov %eax, %cr0
    mov cpu_entry_stack, %esp
    mov cpu_entry_number, %ebx
    mov $cpu_main, %esi
    jmp start_paging

#ifdef __x86_64__
/* 64-bit mode with the runtime's paging, and flat segments that are not the runtime's. */
    .code64
    .globl cpu_entry64
cpu_entry64:
    cld
    mov cpu_entry_stack, %rsp
    lgdt runtime_gdt_pointer
    mov $LAYOUT_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    push $LAYOUT_CODE64
    push $1f
    lretq
1:  xor %ebp, %ebp
    mov cpu_entry_number, %edi
    call cpu_main
    ud2
#endif

    .section .note.GNU-stack, "", @progbits
