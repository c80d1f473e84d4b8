/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's boot protocol (Linux: Documentation/x86/boot.rst), by its 32-bit entry, for 32- and
 * 64-bit kernels: the kernel's boot_params. Pure.
 */
#ifndef LOADER_BOOT_PARAMS_H
#define LOADER_BOOT_PARAMS_H

#include "layout.h"

#define LINUX_CODE 0x10 /* selectors, __BOOT_CS and __BOOT_DS */
#define LINUX_DATA 0x18

/* The members of boot_params, the "zero page", that this fills in, by offset. The file's header
 * goes to LINUX_HEADER_AT. */

/* screen_info (Linux: include/uapi/linux/screen_info.h): of a framebuffer, or of a VGA's text. */
struct __attribute__((packed)) linux_screen {
    uint8_t unused1[0x06];
    uint8_t mode, columns;
    uint8_t unused2[0x0e - 0x08];
    uint8_t lines, kind;
    uint16_t points;
    uint16_t width, height, depth;
    uint32_t base, size;
    uint8_t unused3[0x24 - 0x20];
    uint16_t pitch;
    struct __attribute__((packed)) {
        uint8_t size, position;
    } colours[4]; /* red, green, blue, reserved */
    uint8_t unused4[0x36 - 0x2e];
    uint32_t capabilities;
    uint32_t base_high;
    uint8_t unused5[0x40 - 0x3e];
};

/* efi_info (Linux: arch/x86/include/uapi/asm/bootparam.h). */
struct __attribute__((packed)) linux_efi {
    char signature[4];
    uint32_t system_table;
    uint32_t descriptor_size, descriptor_version;
    uint32_t map, map_size;
    uint32_t system_table_high, map_high;
};

struct __attribute__((packed)) linux_params {
    struct linux_screen screen;
    uint8_t unused1[0x70 - 0x40];
    uint64_t rsdp;
    uint8_t unused2[0x1c0 - 0x78];
    struct linux_efi efi;
    uint8_t unused8[0x1e8 - 0x1e0];
    uint8_t range_count;
    uint8_t unused3[0x210 - 0x1e9];
    uint8_t loader;
    uint8_t unused4[0x218 - 0x211];
    uint32_t ramdisk, ramdisk_size;
    uint8_t unused5[0x228 - 0x220];
    uint32_t cmdline;
    uint8_t unused6[0x2d0 - 0x22c];
    struct __attribute__((packed)) {
        uint64_t start, size;
        uint32_t type;
    } ranges[128];
    uint8_t unused7[4096 - 0xcd0];
};

struct linux_block {
    struct linux_params params;
    uint64_t gdt[4];
    char cmdline[BOOT_STRINGS];
    uint8_t rsdp[BOOT_RSDP_SIZE] __attribute__((aligned(16)));
};

/* Fills a block that the guest will see at layout->start_info. `file` is the parsed file. The first
 * module is the initial ramdisk. */
void linux_block_fill(struct linux_block *block, const struct boot_info *boot,
                      const struct guest_image *image, const void *file,
                      const struct guest_layout *layout);

#endif
