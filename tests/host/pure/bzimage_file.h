/* SPDX-License-Identifier: BSD-2-Clause */
/* A small valid bzImage, for tests to use and to spoil. The offsets repeat those of Linux's
 * Documentation/x86/boot.rst. */
#ifndef PURE_BZIMAGE_FILE_H
#define PURE_BZIMAGE_FILE_H

#include <stdint.h>
#include <string.h>

#define BZ_SECTORS     2
#define BZ_CODE        ((BZ_SECTORS + 1) * 512)
#define BZ_SIZE        (BZ_CODE + 0x200)
#define BZ_PREFERRED   0x1000000
#define BZ_INIT_SIZE   0x300000
#define BZ_ALIGNMENT   0x200000
#define BZ_RAMDISK_MAX 0x7fffffff
#define BZ_CMDLINE_MAX 0x7ff
#define BZ_HEADER_END  0x26c

struct bzimage_field {
    uint16_t at;
    uint8_t size;
    uint64_t value;
};

static inline void bzimage_put(unsigned char *file, struct bzimage_field f)
{
    memcpy(file + f.at, &f.value, f.size);
}

static inline void bzimage_make(unsigned char *file)
{
    static const struct bzimage_field fields[] = {
        {0x1f1, 1, BZ_SECTORS},
        {0x1fe, 2, 0xaa55},
        {0x200, 1, 0xeb},
        {0x201, 1, 0x6a},
        {0x202, 4, 0x53726448},
        {0x206, 2, 0x20f},
        {0x211, 1, 1},
        {0x22c, 4, BZ_RAMDISK_MAX},
        {0x230, 4, BZ_ALIGNMENT},
        {0x234, 1, 1},
        {0x238, 4, BZ_CMDLINE_MAX},
        {0x258, 8, BZ_PREFERRED},
        {0x260, 4, BZ_INIT_SIZE},
    };

    memset(file, 0, BZ_SIZE);
    for (unsigned int i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        bzimage_put(file, fields[i]);
}

#endif
