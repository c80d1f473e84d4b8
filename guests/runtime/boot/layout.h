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
#define LAYOUT_CPUS        64 /* at most */

#ifndef __ASSEMBLER__
/* The guest's own code and data, from link.ld; the read-only part ends at the second one. */
extern const volatile char image_start[], image_constant_end[], image_end[];
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

/*
 * The GDT, which all CPUs share (percpu.c): selectors, then a task descriptor for each CPU, 16
 * bytes wide in both modes. The task register tells a CPU which CPU it is, whatever its stack and
 * segments.
 */
#define LAYOUT_CODE32     0x08
#define LAYOUT_DATA       0x10
#define LAYOUT_CODE64     0x18
#define LAYOUT_USER_DATA  0x23
#define LAYOUT_USER_CODE  0x2b
#define LAYOUT_TASKS      0x30
#define LAYOUT_TASK_SHIFT 4
#define LAYOUT_GDT_SIZE   (LAYOUT_TASKS + (LAYOUT_CPUS << LAYOUT_TASK_SHIFT))

/* Page-table entry bits. */
#define LAYOUT_PRESENT          0x01
#define LAYOUT_PRESENT_WRITABLE 0x03
#define LAYOUT_LARGE            0x80

#endif
