/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader to hypervisor_boot: 32-bit protected mode without paging in, 64-bit mode at
 * the image's own address out. EAX: the boot loader's magic number, EBX: its information.
 *
 * The tables made here are in use until paging_enter: the first 4 GiB at address 0 and at
 * DIRECT_MAP, and the first GiB, the image in it, where the image runs.
 */
#include "memory/image.h"

#define CODE64 0x08
#define DATA   0x10

#define PAGE_PRESENT_WRITE 0x03
#define PAGE_LARGE         0x83
#define DIRECT_MAP_SLOT    256 /* of the root table: DIRECT_MAP */
#define IMAGE_SLOT         511 /* of the root table: IMAGE_VIRTUAL */
#define IMAGE_SLOT_3       510 /* one level below */
#define LEVEL_2_TABLES     4

#define CPUID_EXTENDED  0x80000000
#define CPUID_LONG_MODE 29 /* leaf 0x80000001, EDX */
#define MSR_EFER        0xc0000080
#define EFER_LME_NXE    0x900
#define CR4_PAE         0x20
#define CR0_PG_WP       0x80010000
#define CR0_CACHE_OFF   0x60000000 /* CD, NW */

#define COM2              0x2f8
#define COM2_LINE_CONTROL (COM2 + 3)
#define COM2_LINE_STATUS  (COM2 + 5)

    .text
    .code32
    .globl boot_entry
boot_entry:
    cli
    cld
    mov $IMAGE_LOADED(boot_stack_end), %esp
    mov %eax, %edi
    mov %ebx, %esi

    mov $CPUID_EXTENDED, %eax
    cpuid
    cmp $CPUID_EXTENDED, %eax
    jbe no_long_mode
    mov $(CPUID_EXTENDED + 1), %eax
    cpuid
    bt $CPUID_LONG_MODE, %edx
    jnc no_long_mode

    /* 4 GiB in 2 MiB pages: four tables in a row. */
    mov $IMAGE_LOADED(level_2), %ebx
    mov $PAGE_LARGE, %eax
    mov $(LEVEL_2_TABLES * 512), %ecx
1:  mov %eax, (%ebx)
    add $0x200000, %eax
    add $8, %ebx
    loop 1b

    mov $IMAGE_LOADED(level_3), %ebx
    mov $(IMAGE_LOADED(level_2) + PAGE_PRESENT_WRITE), %eax
    mov $LEVEL_2_TABLES, %ecx
1:  mov %eax, (%ebx)
    add $0x1000, %eax
    add $8, %ebx
    loop 1b

    /* IMAGE_VIRTUAL - IMAGE_LOAD maps the first GiB once more, by the same tables. */
    movl $(IMAGE_LOADED(level_2) + PAGE_PRESENT_WRITE), IMAGE_LOADED(level_3 + 8 * IMAGE_SLOT_3)
    mov $(IMAGE_LOADED(level_3) + PAGE_PRESENT_WRITE), %eax
    mov %eax, IMAGE_LOADED(level_4)
    mov %eax, IMAGE_LOADED(level_4 + 8 * DIRECT_MAP_SLOT)
    mov %eax, IMAGE_LOADED(level_4 + 8 * IMAGE_SLOT)

    mov $CR4_PAE, %eax
    mov %eax, %cr4
    mov $IMAGE_LOADED(level_4), %eax
    mov %eax, %cr3
    mov $MSR_EFER, %ecx
    rdmsr
    or $EFER_LME_NXE, %eax
    wrmsr
    mov %cr0, %eax
    or $CR0_PG_WP, %eax
    and $~CR0_CACHE_OFF, %eax
    mov %eax, %cr0

    lgdt IMAGE_LOADED(boot_gdt_operand)
    ljmp $CODE64, $IMAGE_LOADED(1f)

    .code64
1:  mov $boot_entry_high, %rax
    jmp *%rax
boot_entry_high:
    mov $boot_stack_end, %rsp
    mov $DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    xor %ebp, %ebp
    mov %edi, %edi /* zero-extends the arguments */
    mov %esi, %esi
    call hypervisor_boot
    ud2

    .code32
no_long_mode:
    /* The C code is 64-bit, so print the message here. Set the port to 8N1 115200. */
    mov $COM2_LINE_CONTROL, %edx
    mov $0x83, %al
    out %al, %dx
    mov $COM2, %edx
    mov $1, %eax
    out %ax, %dx
    mov $COM2_LINE_CONTROL, %edx
    mov $0x03, %al
    out %al, %dx
    mov $IMAGE_LOADED(no_long_mode_text), %esi
1:  lodsb
    test %al, %al
    jz 3f
    mov %al, %bl
    mov $0x100000, %ecx
    mov $COM2_LINE_STATUS, %edx
2:  in %dx, %al
    test $0x20, %al
    loopz 2b
    mov %bl, %al
    mov $COM2, %edx
    out %al, %dx
    jmp 1b
3:  cli
    hlt
    jmp 3b

    .section .rodata
no_long_mode_text:
    .asciz "altview: end: status 67: this CPU has no VT-x: it has no 64-bit mode\n"

    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff
    .quad 0x00cf93000000ffff
boot_gdt_operand:
    .word boot_gdt_operand - boot_gdt - 1
    .long IMAGE_LOADED(boot_gdt)

    .section .bss.pages, "aw", @nobits
    .balign 4096
level_2:
    .skip LEVEL_2_TABLES * 4096
level_4:
    .skip 4096
level_3:
    .skip 4096
    .skip 4096
boot_stack_end:
    .section .note.GNU-stack, "", @progbits
