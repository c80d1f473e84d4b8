/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include "memory/map.h"

#define MIB  (UINT64_C(1) << 20)
#define PAGE 4096

/* Low memory is left alone; a PVH guest reaches no further than 4 GiB before it sets up paging. */
static const struct extent places = {1 * MIB, 4096 * MIB - 1 * MIB};

static struct extent module_extent(const struct boot_module *m)
{
    return (struct extent){m->start, m->size};
}

static struct extent segment_extent(const struct elf_segment *s)
{
    return (struct extent){s->address, s->memory_size};
}

static bool check_segments(const struct boot_info *boot, const struct elf_image *image,
                           struct refusal *why)
{
    for (unsigned int i = 0; i < image->segment_count; i++) {
        if (!map_is_ram(boot, segment_extent(&image->segments[i]))) {
            return refuse(why, STATUS_BAD_IMAGE, "guest image",
                          "too big: a segment lies where the guest has no RAM",
                          "give the machine more memory, or link the image lower");
        }
    }
    return true;
}

static void collect_busy(const struct boot_info *boot, const struct elf_image *image,
                         struct extents *busy)
{
    for (unsigned int i = 0; i < image->segment_count; i++) {
        extents_add(busy, segment_extent(&image->segments[i]));
    }
    for (unsigned int i = 0; i < boot->module_count; i++) {
        extents_add(busy, module_extent(&boot->modules[i]));
    }
}

static bool in_the_way(const struct elf_image *image, const struct boot_module *m)
{
    for (unsigned int i = 0; i < image->segment_count; i++) {
        if (extents_overlap(module_extent(m), segment_extent(&image->segments[i]))) {
            return true;
        }
    }
    return false;
}

static bool find_place(const struct boot_info *boot, uint64_t size, struct extents *busy,
                       uint64_t *place, struct refusal *why)
{
    *place = map_find(boot, size, PAGE, places, busy);
    return (*place && extents_add(busy, (struct extent){*place, size})) ||
           refuse(why, STATUS_NO_MEMORY, "too little memory",
                  "the guest image and its modules don't fit beside each other",
                  "give the machine more");
}

bool layout_plan(const struct boot_info *boot, const struct elf_image *image,
                 uint64_t start_info_size, struct guest_layout *layout, struct refusal *why)
{
    struct extents busy = {.count = 0};

    if (!check_segments(boot, image, why)) {
        return false;
    }
    collect_busy(boot, image, &busy);
    for (unsigned int i = 0; i < boot->module_count; i++) {
        const struct boot_module *m = &boot->modules[i];

        layout->modules[i] = m->start;
        if (in_the_way(image, m) && !find_place(boot, m->size, &busy, &layout->modules[i], why)) {
            return false;
        }
    }
    return find_place(boot, start_info_size, &busy, &layout->start_info, why);
}
