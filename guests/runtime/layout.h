/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest virtual addresses, for C and assembly. All of the first 4 GiB is mapped one to one with
 * large pages, but for the lowest ones and the window: one page table's worth of 4 KiB slots that a
 * test maps and unmaps as it likes (memory.h).
 */
#ifndef RUNTIME_LAYOUT_H
#define RUNTIME_LAYOUT_H

#define LAYOUT_WINDOW_BASE 0xe0000000
#define LAYOUT_STACK_SIZE  0x8000

#ifndef __ASSEMBLER__
/* The guest's own code and data, from link.ld. */
extern const volatile char image_start[], image_end[];
#endif

#ifdef __x86_64__
#define LAYOUT_LARGE_SHIFT   21 /* what a page-directory entry maps */
#define LAYOUT_TABLE_ENTRIES 512
#define LAYOUT_DIRECTORIES   4
#else
#define LAYOUT_LARGE_SHIFT   22
#define LAYOUT_TABLE_ENTRIES 1024
#define LAYOUT_DIRECTORIES   1
#endif

/* Selectors of the runtime's GDT. */
#define LAYOUT_CODE32 0x08
#define LAYOUT_DATA   0x10
#define LAYOUT_CODE64 0x18

/* Page-table entry bits. */
#define LAYOUT_PRESENT          0x01
#define LAYOUT_PRESENT_WRITABLE 0x03
#define LAYOUT_LARGE            0x80

#endif
