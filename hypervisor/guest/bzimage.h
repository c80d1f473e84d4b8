/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linux's boot protocol (Linux: Documentation/x86/boot.rst), by its 32-bit entry, for 32- and
 * 64-bit kernels: reading a bzImage, and the boot_params it is handed. Pure.
 */
#ifndef GUEST_BZIMAGE_H
#define GUEST_BZIMAGE_H

#include "layout.h"

#define LINUX_CODE 0x10 /* selectors, __BOOT_CS and __BOOT_DS */
#define LINUX_DATA 0x18

/* boot_params, "zero page": what is filled in here, by offset, and the header at HEADER_AT. */
#define LINUX_HEADER_AT 0x1f1
struct __attribute__((packed)) linux_params {
    uint8_t unused1[0x70];
    uint64_t rsdp;
    uint8_t unused2[0x1e8 - 0x78];
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

/* Has the file a Linux kernel's setup header? */
bool bzimage_is(const void *file, uint64_t size);

/* Looks at the `size` bytes of `file` only. False: see `why`. */
bool bzimage_parse(const void *file, uint64_t size, struct guest_image *image, struct refusal *why);

/* Fills a block that the guest will see at layout->start_info. `file` is what was parsed; the first
 * module is the initial ramdisk. */
void linux_block_fill(struct linux_block *block, const struct boot_info *boot,
                      const struct guest_image *image, const void *file,
                      const struct guest_layout *layout);

#endif
