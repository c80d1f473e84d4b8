/* SPDX-License-Identifier: BSD-2-Clause */
/* Multiboot 1 and 2 headers. Both carry addresses: QEMU loads no 64-bit ELF file by itself. */
#include "memory/image.h"

#define MULTIBOOT1_MAGIC 0x1badb002
/* Page-aligned modules, a memory map, a screen, address fields below. */
#define MULTIBOOT1_FLAGS (1 << 0 | 1 << 1 | 1 << 2 | 1 << 16)
#define MULTIBOOT1_TEXT  1 /* on a VGA, else any framebuffer */

#define MULTIBOOT2_MAGIC  0xe85250d6
#define MULTIBOOT2_I386   0
#define TAG_END           0
#define TAG_INFORMATION   1
#define TAG_ADDRESSES     2
#define TAG_ENTRY         3
#define TAG_FRAMEBUFFER   5
#define TAG_ALIGN_MODULES 6
#define OPTIONAL          1
#define INFO_MODULES      3
#define INFO_MEMORY_MAP   6
#define INFO_FRAMEBUFFER  8
#define INFO_EFI64        12
#define INFO_RSDP_OLD     14
#define INFO_RSDP_NEW     15
#define INFO_EFI_MAP      17

    .section .multiboot, "a"
    .balign 8
multiboot1:
    .long MULTIBOOT1_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)
    .long IMAGE_LOADED(multiboot1)
    .long IMAGE_LOADED(image_start)
    .long IMAGE_LOADED(image_loaded_end)
    .long IMAGE_LOADED(image_end)
    .long IMAGE_LOADED(boot_entry)
    .long MULTIBOOT1_TEXT, 0, 0, 0

    .balign 8
multiboot2:
    .long MULTIBOOT2_MAGIC
    .long MULTIBOOT2_I386
    .long multiboot2_end - multiboot2
    .long -(MULTIBOOT2_MAGIC + MULTIBOOT2_I386 + (multiboot2_end - multiboot2))

    .balign 8
    .word TAG_INFORMATION, 0
    .long 16, INFO_MODULES, INFO_MEMORY_MAP

    .balign 8
    .word TAG_INFORMATION, OPTIONAL
    .long 28, INFO_FRAMEBUFFER, INFO_EFI64, INFO_RSDP_OLD, INFO_RSDP_NEW, INFO_EFI_MAP

    /* Any size and depth: machines without a VGA have no other screen. */
    .balign 8
    .word TAG_FRAMEBUFFER, OPTIONAL
    .long 20, 0, 0, 0

    .balign 8
    .word TAG_ADDRESSES, 0
    .long 24
    .long IMAGE_LOADED(multiboot2)
    .long IMAGE_LOADED(image_start)
    .long IMAGE_LOADED(image_loaded_end)
    .long IMAGE_LOADED(image_end)

    .balign 8
    .word TAG_ENTRY, 0
    .long 12, IMAGE_LOADED(boot_entry)

    .balign 8
    .word TAG_ALIGN_MODULES, 0
    .long 8

    .balign 8
    .word TAG_END, 0
    .long 8
multiboot2_end:
    .section .note.GNU-stack, "", @progbits
