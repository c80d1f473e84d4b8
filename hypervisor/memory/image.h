/* SPDX-License-Identifier: BSD-2-Clause */
/* Where altview.elf lies: the linker script's numbers and symbols. For C and assembly. */
#ifndef MEMORY_IMAGE_H
#define MEMORY_IMAGE_H

#define IMAGE_VIRTUAL 0xffffffff80200000 /* it runs here, before and after moving */
#define IMAGE_LOAD    0x200000           /* the boot loader puts it here */
/* Physical address of a symbol while the image is where it was loaded. */
#define IMAGE_LOADED(symbol) ((symbol) - (IMAGE_VIRTUAL - IMAGE_LOAD))

#ifndef __ASSEMBLER__
extern char image_start[], image_data[], image_rodata[], image_bss[], image_end[];
#endif

#endif
