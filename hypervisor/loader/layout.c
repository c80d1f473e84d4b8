/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout.h"

#include "base/string.h"
#include "efi_map.h"
#include "memory/map.h"

#define MIB  (UINT64_C(1) << 20)
#define PAGE 4096

/* altview loads nothing into low memory. A guest reaches only 4 GiB before it sets up paging. */
static const struct extent places = {1 * MIB, 4096 * MIB - 1 * MIB};

static struct extent places_up_to(uint64_t end)
{
    end = end < 4096 * MIB ? end : 4096 * MIB;
    return (struct extent){places.start, end > places.start ? end - places.start : 0};
}

static struct extent module_extent(const struct boot_module *m)
{
    return (struct extent){m->start, m->size};
}

static struct extent segment_extent(const struct guest_segment *s)
{
    return (struct extent){s->address, s->memory_size};
}

static bool check_segments(const struct boot_info *boot, const struct guest_image *image,
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

static void collect_busy(const struct boot_info *boot, const struct guest_image *image,
                         struct extents *busy)
{
    for (unsigned int i = 0; i < image->segment_count; i++) {
        extents_add(busy, segment_extent(&image->segments[i]));
    }
    for (unsigned int i = 0; i < boot->module_count; i++) {
        extents_add(busy, module_extent(&boot->modules[i]));
    }
    extents_add(busy, boot->efi.map);
}

/* Linux takes one module, its initial ramdisk, and a command line of limited length. */
static bool check_handover(const struct boot_info *boot, const struct guest_image *image,
                           struct refusal *why)
{
    if (image->protocol != PROTOCOL_LINUX) {
        return true;
    }
    if (boot->module_count > 2) {
        return refuse(why, STATUS_BAD_OPTION, "modules", "a bzImage takes one, its initial ramdisk",
                      "put them together into one archive");
    }
    return strlen(boot->modules[0].cmdline) <= image->cmdline_size ||
           refuse(why, STATUS_BAD_OPTION, "kernel command line",
                  "it is longer than the kernel takes", "shorten it");
}

/* Relocates an image with one segment, if it may be relocated and must be. */
static void find_image_place(const struct boot_info *boot, struct guest_image *image)
{
    struct extents none = {.count = 0};
    struct guest_segment *s = &image->segments[0];
    uint64_t place;

    if (!image->alignment || map_is_ram(boot, segment_extent(s))) {
        return;
    }
    place = map_find(boot, s->memory_size, image->alignment, places, &none);
    if (place) {
        s->address = place;
        image->entry = (uint32_t)place;
    }
}

static bool in_the_way(const struct guest_image *image, const struct boot_module *m)
{
    if (m->start + m->size > image->modules_end) {
        return true;
    }
    for (unsigned int i = 0; i < image->segment_count; i++) {
        if (extents_overlap(module_extent(m), segment_extent(&image->segments[i]))) {
            return true;
        }
    }
    return false;
}

static bool find_place(const struct boot_info *boot, uint64_t size, uint64_t end,
                       struct extents *busy, uint64_t *place, struct refusal *why)
{
    *place = map_find(boot, size, PAGE, places_up_to(end), busy);
    return (*place && extents_add(busy, (struct extent){*place, size})) ||
           refuse(why, STATUS_NO_MEMORY, "too little memory",
                  "the guest image and its modules don't fit beside each other",
                  "give the machine more");
}

/* PVH has no field for it. */
static bool place_efi_map(const struct boot_info *boot, const struct guest_image *image,
                          struct extents *busy, struct guest_layout *layout, struct refusal *why)
{
    bool wanted = image->protocol == PROTOCOL_LINUX && boot->efi.system_table;

    layout->efi_map = 0;
    layout->efi_map_size = wanted ? efi_map_room(boot) : 0;
    return !layout->efi_map_size ||
           find_place(boot, layout->efi_map_size, 4096 * MIB, busy, &layout->efi_map, why);
}

bool layout_plan(const struct boot_info *boot, struct guest_image *image, uint64_t start_info_size,
                 struct guest_layout *layout, struct refusal *why)
{
    struct extents busy = {.count = 0};

    find_image_place(boot, image);
    if (!check_handover(boot, image, why) || !check_segments(boot, image, why)) {
        return false;
    }
    collect_busy(boot, image, &busy);
    for (unsigned int i = 0; i < boot->module_count; i++) {
        const struct boot_module *m = &boot->modules[i];

        layout->modules[i] = m->start;
        if (in_the_way(image, m) &&
            !find_place(boot, m->size, image->modules_end, &busy, &layout->modules[i], why)) {
            return false;
        }
    }
    return place_efi_map(boot, image, &busy, layout, why) &&
           find_place(boot, start_info_size, 4096 * MIB, &busy, &layout->start_info, why);
}
