/* SPDX-License-Identifier: BSD-2-Clause */
#include "paging.h"

#include "base/log.h"
#include "base/string.h"
#include "memory/image.h"
#include "memory/map.h"
#include "memory/own.h"
#include "memory/pages.h"
#include "memory/paging_entry.h"
#include "x86/x86.h"

#include <xen/arch-x86/hvm/start_info.h>

#define READ_EXECUTE PRESENT
#define READ_ONLY    (PRESENT | NO_EXEC)
#define READ_WRITE   (PRESENT | WRITABLE | NO_EXEC)

/* The root, the trampoline's, three levels for the image, the direct map's first and last. */
#define FIXED_TABLES 8

/* Allocated while the pool is below 4 GiB. */
static uint64_t *trampoline_root;

struct mapping {
    uint64_t virtual, physical, size;
    uint64_t rights;
};

static uint64_t *new_table(void)
{
    uint64_t *table = pages_alloc();

    if (!table) {
        machine_end(STATUS_NO_MEMORY,
                    "too little memory: altview's own page tables don't fit; give the machine "
                    "more");
    }
    return memset(table, 0, PAGE_SIZE);
}

static uint64_t *table_below(uint64_t *entry)
{
    if (!(*entry & PRESENT)) {
        *entry = phys_of(new_table()) | PRESENT | WRITABLE;
    }
    return virt_of(*entry & ADDRESS);
}

/* The entry for an address at a level. Makes missing tables on the path. */
static uint64_t *entry_at(uint64_t *root, uint64_t virtual, unsigned int level)
{
    uint64_t *table = root;

    for (unsigned int l = TOP_LEVEL;; l--) {
        uint64_t *entry = &table[virtual / level_size(l) % ENTRIES];

        if (l == level) {
            return entry;
        }
        table = table_below(entry);
    }
}

/* The largest page that fits the start of the remaining range. */
static unsigned int level_for(const struct mapping *m, unsigned int largest)
{
    unsigned int level = largest;

    while (level > 1 &&
           ((m->virtual | m->physical) % level_size(level) != 0 || m->size < level_size(level))) {
        level--;
    }
    return level;
}

/* Map all of it in multiples of 4 KiB, with pages up to level `largest`. */
static void map(uint64_t *root, struct mapping m, unsigned int largest)
{
    while (m.size) {
        unsigned int level = level_for(&m, largest);

        *entry_at(root, m.virtual, level) = m.physical | m.rights | (level > 1 ? LARGE : 0);
        m.virtual += level_size(level);
        m.physical += level_size(level);
        m.size -= level_size(level);
    }
}

static void map_image(uint64_t *root, uint64_t image)
{
    const struct {
        const char *start, *end;
        uint64_t rights;
    } sections[] = {
        {image_start, image_data, READ_EXECUTE},
        {image_data, image_rodata, READ_WRITE},
        {image_rodata, image_bss, READ_ONLY},
        {image_bss, image_end, READ_WRITE},
    };

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        struct mapping m = {
            .virtual = (uintptr_t)sections[i].start,
            .physical = image + (uint64_t)(sections[i].start - image_start),
            .size = (uint64_t)(sections[i].end - sections[i].start),
            .rights = sections[i].rights,
        };

        map(root, m, 1);
    }
}

/* All RAM, including altview's own, and the devices below 4 GiB. */
static uint64_t direct_map_size(const struct boot_info *boot)
{
    uint64_t end = 4 * PAGE_SIZE1G;

    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        if (r->type == XEN_HVM_MEMMAP_TYPE_RAM && r->start + r->size > end) {
            end = r->start + r->size;
        }
    }
    for (unsigned int i = 0; i < boot->own.count; i++) {
        const struct extent *e = &boot->own.list[i];

        end = e->start + e->size > end ? e->start + e->size : end;
    }
    return (end + PAGE_SIZE1G - 1) & ~(PAGE_SIZE1G - 1);
}

static bool is_cached(const struct boot_info *boot, uint64_t address, uint64_t *end)
{
    struct extents ours;

    own_extents(boot, &ours);
    for (unsigned int i = 0; i < ours.count; i++) {
        const struct extent *e = &ours.list[i];

        if (address < e->start + e->size) {
            uint64_t border = address < e->start ? e->start : e->start + e->size;

            *end = border < *end ? border : *end;
            if (address >= e->start) {
                return true;
            }
            break;
        }
    }
    return map_type(boot, address, end) == XEN_HVM_MEMMAP_TYPE_RAM;
}

/* The image has separate addresses: it can't be written by others. */
static bool is_image(uint64_t image, uint64_t address, uint64_t *end)
{
    uint64_t behind = image + (uint64_t)(image_end - image_start); /* image_end is page-aligned */
    uint64_t border = address < image ? image : behind;

    *end = address < behind && border < *end ? border : *end;
    return address >= image && address < behind;
}

/*
 * RAM, altview's and the guest's, and below 4 GiB all else, uncached. No page spans two memory
 * types: a CPU's behaviour is undefined then (SDM Vol. 3A 12.11.9).
 */
static void map_directly(uint64_t *root, const struct boot_info *boot, uint64_t image)
{
    for (uint64_t at = 0, end, limit = direct_map_size(boot); at < limit; at = end) {
        struct mapping m = {DIRECT_MAP + at, at, 0, READ_WRITE};
        bool cached;

        end = limit;
        cached = is_cached(boot, at, &end);
        mtrr_type(&boot->mtrrs, at, &end);
        m.rights = is_image(image, at, &end) ? READ_ONLY : READ_WRITE;
        m.rights |= cached ? 0 : UNCACHED;
        m.size = end - at;
        if (cached || at < 4 * PAGE_SIZE1G) {
            map(root, m, boot->cpu.pages_1g ? 3 : 2);
        }
    }
}

unsigned int paging_pages(const struct boot_info *boot, unsigned int pieces)
{
    uint64_t size = direct_map_size(boot);
    unsigned int borders = 2 * (boot->range_count + pieces + MTRR_VARIABLE_MAX + 2);

    return FIXED_TABLES + (unsigned int)(size / level_size(4)) + 2 * borders +
           (boot->cpu.pages_1g ? 0 : (unsigned int)(size / level_size(3)));
}

uint64_t paging_build(const struct boot_info *boot)
{
    uint64_t *root = new_table();

    map_directly(root, boot, boot->image);
    map_image(root, boot->image);
    trampoline_root = new_table();
    return phys_of(root);
}

void paging_map(uint64_t virtual, uint64_t physical)
{
    *entry_at(virt_of(read_cr3() & ADDRESS), virtual, 1) = physical | READ_WRITE;
}

bool paging_maps(uint64_t virtual)
{
    const uint64_t *table = virt_of(read_cr3() & ADDRESS);
    unsigned int level = TOP_LEVEL;
    uint64_t entry;

    if (virtual >> 47 && ~virtual >> 47) {
        return false; /* not canonical */
    }
    do {
        entry = table[virtual / level_size(level) % ENTRIES];
        table = virt_of(entry & ADDRESS);
    } while (entry & PRESENT && !is_leaf(entry, level--));
    return entry & PRESENT;
}

uint64_t paging_trampoline(uint64_t page)
{
    const uint64_t *root = virt_of(read_cr3() & ADDRESS);
    uint64_t *other = trampoline_root;
    struct mapping m = {page, page, PAGE_SIZE, READ_EXECUTE};

    memcpy(other + ENTRIES / 2, root + ENTRIES / 2, ENTRIES / 2 * sizeof(*root));
    map(other, m, 1);
    return phys_of(other);
}

void paging_enter(uint64_t root, uint64_t image)
{
    const void *from = image_start;
    void *to = virt_of(image);
    uint64_t size = (uint64_t)(image_end - image_start);

    /* In one statement: a write between the copy and the switch would be lost. */
    __asm__ volatile("rep movsb\n\t"
                     "mov %3, %%cr3"
                     : "+S"(from), "+D"(to), "+c"(size)
                     : "r"(root)
                     : "memory");
    pages_image_moved(image);
}
