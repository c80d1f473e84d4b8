/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

#include "base/log.h"
#include "base/string.h"
#include "elf.h"
#include "layout.h"
#include "memory/pages.h"
#include "start_info.h"

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

static void load_segments(const struct elf_image *image, const char *file)
{
    for (unsigned int i = 0; i < image->segment_count; i++) {
        const struct elf_segment *s = &image->segments[i];
        char *to = virt_of(s->address);

        memcpy(to, file + s->file_offset, s->file_size);
        memset(to + s->file_size, 0, s->memory_size - s->file_size);
    }
}

struct guest_entry guest_load(const struct boot_info *boot)
{
    const struct boot_module *file = &boot->modules[0];
    struct elf_image image;
    struct guest_layout layout;
    struct refusal why;

    if (boot->module_count == 0) {
        machine_end(STATUS_NO_IMAGE,
                    "there is no guest: the boot loader gave no module; add the guest's image as "
                    "the first module");
    }
    require(elf_parse(virt_of(file->start), file->size, &image, &why), &why);
    require(layout_plan(boot, &image, sizeof(struct start_info_block), &layout, &why), &why);
    move_modules(boot, &layout);
    load_segments(&image, virt_of(layout.modules[0]));
    start_info_fill(virt_of(layout.start_info), boot, &layout);
    log_line("guest: %lu KiB image, entry %x, start_info %lx, arguments \"%s\"", file->size / 1024,
             image.entry, layout.start_info, file->cmdline);
    return (struct guest_entry){image.entry, (uint32_t)layout.start_info};
}
