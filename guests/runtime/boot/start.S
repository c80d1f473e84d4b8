/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From PVH's entry state (32-bit protected mode, paging off, EBX = start_info) to C with paging on,
 * in 64-bit or 32-bit mode. See layout.h for the address space.
 */
#include "layout.h"

#ifdef __x86_64__
#define ENTRY_SIZE 8
#else
#define ENTRY_SIZE 4
#endif
#define DIRECTORY_BYTES (LAYOUT_DIRECTORIES * 4096)

    .code32
    .text
    .globl pvh_entry
pvh_entry:
    cld
    lgdt runtime_gdt_pointer
    ljmp $LAYOUT_CODE32, $1f
1:  mov $LAYOUT_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov $stack_top, %esp

    /* The page directories: large pages, one to one. The high halves of wide entries stay 0. */
    mov $page_directory, %edi
    mov $(LAYOUT_PRESENT_WRITABLE | LAYOUT_LARGE), %eax
1:  mov %eax, (%edi)
    add $(1 << LAYOUT_LARGE_SHIFT), %eax
    add $ENTRY_SIZE, %edi
    cmp $(page_directory + DIRECTORY_BYTES), %edi
    jb 1b

    /* The lowest pages in 4 KiB steps. */
    mov $memory_low_table, %edi
    mov $LAYOUT_PRESENT_WRITABLE, %eax
1:  mov %eax, (%edi)
    add $0x1000, %eax
    add $ENTRY_SIZE, %edi
    cmp $(memory_low_table + 4096), %edi
    jb 1b
    movl $(memory_low_table + LAYOUT_PRESENT_WRITABLE), page_directory
    movl $(memory_window_table + LAYOUT_PRESENT_WRITABLE), \
         page_directory + (LAYOUT_WINDOW_BASE >> LAYOUT_LARGE_SHIFT) * ENTRY_SIZE

#ifdef __x86_64__
    mov $(page_directory + LAYOUT_PRESENT_WRITABLE), %eax
    mov $directory_pointers, %edi
1:  mov %eax, (%edi)
    add $4096, %eax
    add $8, %edi
    cmp $(directory_pointers + LAYOUT_DIRECTORIES * 8), %edi
    jb 1b
    movl $(directory_pointers + LAYOUT_PRESENT_WRITABLE), page_root
#endif
    mov $runtime_start, %esi

/*
 * From flat 32-bit protected mode to C: call the function ESI with the argument EBX, on the stack
 * ESP. Every CPU that does not start in its final mode passes here.
 */
    .globl start_paging
start_paging:
    mov $page_root, %eax
    mov %eax, %cr3
    mov %cr4, %eax
#ifdef __x86_64__
    or $0x20, %eax          /* PAE */
    mov %eax, %cr4
    mov $0xc0000080, %ecx   /* EFER */
    rdmsr
    or $0x100, %eax         /* LME */
    wrmsr
#else
    or $0x10, %eax          /* PSE */
    mov %eax, %cr4
#endif
    mov %cr0, %eax
    or $0x80010000, %eax    /* PG, WP */
    mov %eax, %cr0

    xor %ebp, %ebp
#ifdef __x86_64__
    ljmp $LAYOUT_CODE64, $1f
    .code64
1:  mov %ebx, %edi
    mov %esi, %esi          /* upper halves are undefined after the change of mode */
    mov %esp, %esp
    call *%rsi
#else
    push $0
    push $0
    push $0
    push %ebx
    call *%esi
#endif
    ud2

    .section .rodata
    .balign 8
    .globl runtime_gdt_pointer
runtime_gdt_pointer:
    .word LAYOUT_GDT_SIZE - 1
    .long runtime_gdt
    .long 0

    .bss
    .balign 4096
    .globl page_root
#ifdef __x86_64__
page_root:              .skip 4096
directory_pointers:     .skip 4096
page_directory:         .skip DIRECTORY_BYTES
#else
page_root:
page_directory:         .skip DIRECTORY_BYTES
#endif
    .globl memory_low_table, memory_window_table
memory_low_table:       .skip 4096
memory_window_table:    .skip 4096
    .skip LAYOUT_STACK_SIZE
stack_top:

    .section .note.GNU-stack, "", @progbits
