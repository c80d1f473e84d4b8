/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From SIPI, real mode at the start of the page it is copied to, to cpus_arrive in 64-bit mode. It
 * is among the constants, because only its copy runs. Several CPUs may run in it at once. One of
 * them has the common stack, on which it finds its own.
 */
#include "asm-offsets.h"
#include "memory/image.h"

#define MSR_EFER      0xc0000080
#define EFER_LME_NXE  0x900
#define CR4_PAE       0x20
#define CR0_PG_WP_PE  0x80010001
#define CR0_CACHE_OFF 0x60000000 /* CD, NW */

#define IN_PAGE(symbol) ((symbol) - trampoline_start)

    .section .rodata
    .balign 16
    .globl trampoline_start, trampoline_long, trampoline_gdt, trampoline_end, trampoline_data
    .code16
trampoline_start:
    cli
    cld
    mov %cs, %ax
    mov %ax, %ds
    lidtl IN_PAGE(no_idt)
    lgdtl IN_PAGE(trampoline_data + TRAMPOLINE_GDT)
    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov IN_PAGE(trampoline_data + TRAMPOLINE_ROOT), %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_LME_NXE, %eax
    wrmsr
    mov %cr0, %eax
    or $CR0_PG_WP_PE, %eax
    and $~CR0_CACHE_OFF, %eax
    mov %eax, %cr0
    ljmpl *IN_PAGE(trampoline_data + TRAMPOLINE_LONG)

    .code64
trampoline_long:
    mov $0x10, %eax
    mov %eax, %ss
    mov trampoline_data + TRAMPOLINE_ARRIVALS(%rip), %rdi
    lock incl ARRIVALS_CAME(%rdi)
1:  mov $1, %eax
    xchg %eax, ARRIVALS_BUSY(%rdi)
    test %eax, %eax
    jz 2f
    pause
    jmp 1b
2:  mov ARRIVALS_STACK(%rdi), %rsp
    xor %ebp, %ebp
    call *trampoline_data + TRAMPOLINE_ENTRY(%rip)
    ud2

    .balign 8
trampoline_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
no_idt:
    .word 0
    .long 0
    .balign 8
trampoline_data:
    .skip TRAMPOLINE_DATA_SIZE
trampoline_end:

    .section .note.GNU-stack, "", @progbits
