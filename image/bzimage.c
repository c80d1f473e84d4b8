/* SPDX-License-Identifier: BSD-2-Clause */
/* A Linux bzImage, for its 32-bit entry (Linux: Documentation/x86/boot.rst). */
#include "image/image.h"

#include <stddef.h>

#define MAGIC       0x53726448U /* "HdrS" */
#define VERSION     0x20a       /* the first that says how much memory the kernel takes */
#define SECTOR      512
#define SECTORS     4 /* of setup code, where the file says 0 */
#define LOADED_HIGH 1
#define JUMP_END    0x202 /* the header ends after this, by the number in the byte before it */

struct __attribute__((packed)) setup_header {
    uint8_t setup_sectors;
    uint8_t unused1[0x201 - 0x1f2];
    uint8_t jump;
    uint32_t magic;
    uint16_t version;
    uint8_t unused2[0x211 - 0x208];
    uint8_t flags;
    uint8_t unused3[0x22c - 0x212];
    uint32_t ramdisk_last;
    uint32_t alignment;
    uint8_t relocatable;
    uint8_t unused4[0x238 - 0x235];
    uint32_t cmdline_size;
    uint8_t unused5[0x258 - 0x23c];
    uint64_t preferred;
    uint32_t init_size;
};

_Static_assert(offsetof(struct setup_header, init_size) == 0x260 - LINUX_HEADER_AT, "by the book");

static bool read_header(const void *file, uint64_t size, struct setup_header *h)
{
    if (size < LINUX_HEADER_AT + sizeof(*h)) {
        return false;
    }
    __builtin_memcpy(h, (const char *)file + LINUX_HEADER_AT, sizeof(*h));
    return true;
}

bool bzimage_is(const void *file, uint64_t size)
{
    struct setup_header h;

    return read_header(file, size, &h) && h.magic == MAGIC;
}

static bool is_power_of_two(uint32_t n)
{
    return n && !(n & (n - 1));
}

static bool check(const struct setup_header *h, struct image_fault *fault)
{
    if (h->version < VERSION || !(h->flags & LOADED_HIGH)) {
        return image_bad(fault, "it is a Linux kernel of a kind older than 2.6.31",
                         "give a bzImage with version 2.10 of the boot protocol or later");
    }
    if (h->preferred + h->init_size > UINT32_MAX || h->preferred > UINT32_MAX ||
        (h->relocatable && !is_power_of_two(h->alignment))) {
        return image_bad(fault, "its setup header asks for a place that can't be",
                         "copy or build the kernel again");
    }
    return true;
}

static uint32_t code_at(const struct setup_header *h)
{
    return ((h->setup_sectors ? h->setup_sectors : SECTORS) + 1U) * SECTOR;
}

bool bzimage_parse(const void *file, uint64_t size, struct guest_image *image,
                   struct image_fault *fault)
{
    struct setup_header h;
    uint64_t code;

    if (!read_header(file, size, &h) || (code = code_at(&h)) >= size) {
        return image_bad(fault, "it is cut off", "copy or build it again");
    }
    if (!check(&h, fault)) {
        return false;
    }
    *image = (struct guest_image){
        .protocol = PROTOCOL_LINUX,
        .segments = {{code, size - code, h.preferred, size - code}},
        .segment_count = 1,
        .entry = (uint32_t)h.preferred,
        .is_linux = true,
        .modules_end = (uint64_t)h.ramdisk_last + 1,
        .alignment = h.relocatable ? h.alignment : 0,
        .header_size = JUMP_END - LINUX_HEADER_AT + h.jump,
        .cmdline_size = h.cmdline_size,
    };
    if (h.init_size > image->segments[0].memory_size) {
        image->segments[0].memory_size = h.init_size;
    }
    return true;
}
