/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include "base/log.h"
#include "base/string.h"
#include "boot_params.h"
#include "efi_map.h"
#include "layout.h"
#include "memory/pages.h"
#include "start_info.h"
#include "x86/x86.h"

#include <stddef.h>

/* The masks of the two 8259s. */
#define PIC_MASK_MASTER 0x21
#define PIC_MASK_SLAVE  0xa1

static void require(bool fine, const struct refusal *why)
{
    if (!fine) {
        machine_end(why->status, "%s: %s; %s", why->subject, why->cause, why->remedy);
    }
}

static void move_modules(const struct boot_info *boot, const struct guest_layout *layout)
{
    for (unsigned int i = 0; i < boot->module_count; i++) {
        const struct boot_module *m = &boot->modules[i];

        if (layout->modules[i] != m->start) {
            memcpy(virt_of(layout->modules[i]), virt_of(m->start), m->size);
        }
    }
}

static void move_efi_map(const struct boot_info *boot, struct guest_layout *layout)
{
    if (layout->efi_map) {
        layout->efi_map_size =
            efi_map_copy(boot, virt_of(layout->efi_map), virt_of(boot->efi.map.start));
    }
}

static void load_segments(const struct guest_image *image, const char *file)
{
    for (unsigned int i = 0; i < image->segment_count; i++) {
        const struct guest_segment *s = &image->segments[i];
        char *to = virt_of(s->address);

        memcpy(to, file + s->file_offset, s->file_size);
        memset(to + s->file_size, 0, s->memory_size - s->file_size);
    }
}

/* On Xen a PVH guest has no 8259 (xen/arch/x86/domain.c, emulation_flags_ok). An interrupt that
 * firmware left enabled would come as an exception's vector: the timer's as 8, #DF. */
static void mask_pics(void)
{
    out8(PIC_MASK_MASTER, 0xff);
    out8(PIC_MASK_SLAVE, 0xff);
}

static struct guest_entry enter_pvh(const struct boot_info *boot, const struct guest_image *image,
                                    const struct guest_layout *layout)
{
    start_info_fill(virt_of(layout->start_info), boot, layout);
    mask_pics();
    return (struct guest_entry){
        .eip = image->entry, .ebx = (uint32_t)layout->start_info, .is_linux = image->is_linux};
}

static struct guest_entry enter_linux(const struct boot_info *boot, const struct guest_image *image,
                                      const struct guest_layout *layout)
{
    struct linux_block *block = virt_of(layout->start_info);

    linux_block_fill(block, boot, image, virt_of(layout->modules[0]), layout);
    return (struct guest_entry){
        .eip = image->entry,
        .esi = (uint32_t)layout->start_info,
        .code = LINUX_CODE,
        .data = LINUX_DATA,
        .gdt = (uint32_t)(layout->start_info + offsetof(struct linux_block, gdt)),
        .gdt_size = sizeof(block->gdt),
        .is_linux = true,
    };
}

/* By protocol. */
static const struct {
    uint64_t block_size; /* of the block that describes the other parts to the guest */
    struct guest_entry (*enter)(const struct boot_info *boot, const struct guest_image *image,
                                const struct guest_layout *layout);
} protocols[] = {
    [PROTOCOL_PVH] = {sizeof(struct start_info_block), enter_pvh},
    [PROTOCOL_LINUX] = {sizeof(struct linux_block), enter_linux},
};

static void parse(const struct boot_module *file, struct guest_image *image)
{
    struct image_fault fault;

    if (!image_parse(virt_of(file->start), file->size, image, &fault)) {
        machine_end(STATUS_BAD_IMAGE, "guest image: %s; %s", fault.cause, fault.remedy);
    }
}

struct guest_entry guest_load(const struct boot_info *boot)
{
    const struct boot_module *file = &boot->modules[0];
    struct guest_image image;
    struct guest_layout layout;
    struct refusal why;

    if (boot->module_count == 0) {
        machine_end(STATUS_NO_IMAGE,
                    "there is no guest: the boot loader gave no module; add the guest's image as "
                    "the first module");
    }
    parse(file, &image);
    require(layout_plan(boot, &image, protocols[image.protocol].block_size, &layout, &why), &why);
    move_modules(boot, &layout);
    move_efi_map(boot, &layout);
    load_segments(&image, virt_of(layout.modules[0]));
    log_line("guest: %lu KiB image, entry %x, start_info %lx, arguments \"%s\"", file->size / 1024,
             image.entry, layout.start_info, file->cmdline);
    return protocols[image.protocol].enter(boot, &image, &layout);
}
