/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot_params.h"

#include "base/string.h"

#include <stddef.h>

#define LOADER_OTHER 0xff

/* screen_info.orig_video_isVGA and related values (Linux: include/uapi/linux/screen_info.h). */
#define SCREEN_VGA_TEXT 0x22
#define SCREEN_VESA     0x23
#define SCREEN_EFI      0x70
#define SCREEN_BASE_64  2
#define VGA_MODE_TEXT   3
#define VGA_FONT_LINES  16

#define FLAT_CODE UINT64_C(0x00cf9b000000ffff) /* 4 GiB, 32-bit, accessed */
#define FLAT_DATA UINT64_C(0x00cf93000000ffff)

_Static_assert(sizeof(struct linux_screen) == 0x40, "by the book");
_Static_assert(offsetof(struct linux_screen, base_high) == 0x3a, "by the book");
_Static_assert(sizeof(struct linux_efi) == 0x20, "by the book");
_Static_assert(offsetof(struct linux_params, efi) == 0x1c0, "by the book");
_Static_assert(offsetof(struct linux_params, ranges) == 0x2d0, "by the book");
_Static_assert(sizeof(struct linux_params) == 4096, "by the book");

/* The guest's address of a member of the block. */
#define PHYSICAL(member) (layout->start_info + offsetof(struct linux_block, member))

static void fill_ranges(struct linux_params *params, const struct boot_info *boot)
{
    params->range_count = (uint8_t)boot->range_count;
    for (unsigned int i = 0; i < boot->range_count; i++) {
        params->ranges[i].start = boot->ranges[i].start;
        params->ranges[i].size = boot->ranges[i].size;
        params->ranges[i].type = boot->ranges[i].type;
    }
}

static void fill_rsdp(struct linux_block *block, const struct boot_info *boot,
                      const struct guest_layout *layout)
{
    memcpy(block->rsdp, boot->rsdp_copy, boot->rsdp_copy_size);
    block->params.rsdp = boot->rsdp || !boot->rsdp_copy_size ? boot->rsdp : PHYSICAL(rsdp);
}

static void fill_text(struct linux_screen *to, const struct boot_screen *from)
{
    to->kind = SCREEN_VGA_TEXT;
    to->mode = VGA_MODE_TEXT;
    to->columns = (uint8_t)from->width;
    to->lines = (uint8_t)from->height;
    to->points = VGA_FONT_LINES;
}

/* The unit of the size depends on the kind: 64 KiB for a VESA framebuffer, bytes for an EFI one. */
static void fill_framebuffer(struct linux_screen *to, const struct boot_screen *from, bool is_efi)
{
    uint64_t size = (uint64_t)from->pitch * from->height;
    unsigned int bits = from->bits;

    *to = (struct linux_screen){
        .kind = is_efi ? SCREEN_EFI : SCREEN_VESA,
        .width = (uint16_t)from->width,
        .height = (uint16_t)from->height,
        .depth = from->bits,
        .base = (uint32_t)from->address,
        .base_high = (uint32_t)(from->address >> 32),
        .capabilities = from->address >> 32 ? SCREEN_BASE_64 : 0,
        .size = (uint32_t)(is_efi ? size : (size + UINT16_MAX) >> 16),
        .pitch = (uint16_t)from->pitch,
    };
    for (unsigned int i = 0; i < 3; i++) {
        to->colours[i].size = from->colours[i].size;
        to->colours[i].position = from->colours[i].position;
        bits -= from->colours[i].size <= bits ? from->colours[i].size : bits;
    }
    to->colours[3].size = (uint8_t)bits;
    to->colours[3].position = (uint8_t)(from->bits - bits);
}

static void fill_screen(struct linux_params *params, const struct boot_info *boot)
{
    if (boot->screen.kind == BOOT_SCREEN_RGB) {
        fill_framebuffer(&params->screen, &boot->screen, boot->efi.system_table);
    } else if (boot->screen.kind == BOOT_SCREEN_TEXT) {
        fill_text(&params->screen, &boot->screen);
    }
}

static void fill_efi(struct linux_efi *to, const struct boot_info *boot,
                     const struct guest_layout *layout)
{
    if (!layout->efi_map) {
        return;
    }
    *to = (struct linux_efi){
        .signature = {'E', 'L', '6', '4'},
        .system_table = (uint32_t)boot->efi.system_table,
        .system_table_high = (uint32_t)(boot->efi.system_table >> 32),
        .descriptor_size = boot->efi.descriptor_size,
        .descriptor_version = boot->efi.descriptor_version,
        .map = (uint32_t)layout->efi_map,
        .map_size = (uint32_t)layout->efi_map_size,
    };
}

void linux_block_fill(struct linux_block *block, const struct boot_info *boot,
                      const struct guest_image *image, const void *file,
                      const struct guest_layout *layout)
{
    struct linux_params *params = &block->params;

    memset(block, 0, sizeof(*block));
    memcpy((char *)params + LINUX_HEADER_AT, (const char *)file + LINUX_HEADER_AT,
           image->header_size);
    params->loader = LOADER_OTHER;
    params->cmdline = (uint32_t)PHYSICAL(cmdline);
    memcpy(block->cmdline, boot->modules[0].cmdline, strlen(boot->modules[0].cmdline));
    if (boot->module_count > 1) {
        params->ramdisk = (uint32_t)layout->modules[1];
        params->ramdisk_size = (uint32_t)boot->modules[1].size;
    }
    fill_ranges(params, boot);
    fill_rsdp(block, boot, layout);
    fill_screen(params, boot);
    fill_efi(&params->efi, boot, layout);
    block->gdt[LINUX_CODE / 8] = FLAT_CODE;
    block->gdt[LINUX_DATA / 8] = FLAT_DATA;
}
