/* SPDX-License-Identifier: BSD-2-Clause */
#include "map.h"

#include "base/string.h"

#include <xen/arch-x86/hvm/start_info.h>

#define PAGE        4096
#define ADDRESS_END (UINT64_C(1) << 52) /* no physical address is wider */

static uint64_t align_down(uint64_t value, uint64_t align)
{
    return value & ~(align - 1);
}

static uint64_t align_up(uint64_t value, uint64_t align)
{
    return align_down(value + align - 1, align);
}

static uint64_t range_end(const struct boot_range *r)
{
    return r->start + r->size;
}

bool extents_overlap(struct extent a, struct extent b)
{
    return a.size && b.size && a.start < b.start + b.size && b.start < a.start + a.size;
}

bool extents_add(struct extents *extents, struct extent e)
{
    if (extents->count == EXTENTS_MAX) {
        return false;
    }
    extents->list[extents->count++] = e;
    return true;
}

static bool insert(struct boot_info *boot, unsigned int at, struct boot_range range)
{
    if (boot->range_count == BOOT_MAX_RANGES) {
        return false;
    }
    memmove(&boot->ranges[at + 1], &boot->ranges[at],
            (boot->range_count - at) * sizeof(boot->ranges[0]));
    boot->ranges[at] = range;
    boot->range_count++;
    return true;
}

static void erase(struct boot_info *boot, unsigned int at)
{
    boot->range_count--;
    memmove(&boot->ranges[at], &boot->ranges[at + 1],
            (boot->range_count - at) * sizeof(boot->ranges[0]));
}

/* Make `at` the border between two ranges, if it lies inside one. */
static bool split(struct boot_info *boot, uint64_t at)
{
    for (unsigned int i = 0; i < boot->range_count; i++) {
        struct boot_range *r = &boot->ranges[i];

        if (r->start < at && at < range_end(r)) {
            struct boot_range upper = {at, range_end(r) - at, r->type};

            r->size = at - r->start;
            return insert(boot, i + 1, upper);
        }
    }
    return true;
}

static void erase_within(struct boot_info *boot, uint64_t start, uint64_t end)
{
    for (unsigned int i = 0; i < boot->range_count;) {
        if (boot->ranges[i].start >= start && range_end(&boot->ranges[i]) <= end) {
            erase(boot, i);
        } else {
            i++;
        }
    }
}

static void merge_neighbours(struct boot_info *boot)
{
    for (unsigned int i = 0; i + 1 < boot->range_count;) {
        struct boot_range *r = &boot->ranges[i];

        if (range_end(r) == r[1].start && r->type == r[1].type) {
            r->size += r[1].size;
            erase(boot, i + 1);
        } else {
            i++;
        }
    }
}

static bool replace(struct boot_info *boot, uint64_t start, uint64_t end, uint32_t type)
{
    unsigned int at = 0;

    if (!split(boot, start) || !split(boot, end)) {
        return false;
    }
    erase_within(boot, start, end);
    while (at < boot->range_count && boot->ranges[at].start < start) {
        at++;
    }
    if (!insert(boot, at, (struct boot_range){start, end - start, type})) {
        return false;
    }
    merge_neighbours(boot);
    return true;
}

bool map_set(struct boot_info *boot, uint64_t start, uint64_t size, uint32_t type)
{
    bool ram = type == XEN_HVM_MEMMAP_TYPE_RAM;
    uint64_t end;

    if (start >= ADDRESS_END) {
        return true;
    }
    end = size < ADDRESS_END - start ? start + size : ADDRESS_END;
    start = ram ? align_up(start, PAGE) : align_down(start, PAGE);
    end = ram ? align_down(end, PAGE) : align_up(end, PAGE);
    return start >= end || replace(boot, start, end, type);
}

bool map_is_ram(const struct boot_info *boot, struct extent e)
{
    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        if (r->type == XEN_HVM_MEMMAP_TYPE_RAM && e.size && e.start >= r->start &&
            e.start - r->start < r->size && e.size <= r->size - (e.start - r->start)) {
            return true;
        }
    }
    return false;
}

uint64_t map_ram_size(const struct boot_info *boot)
{
    uint64_t total = 0;

    for (unsigned int i = 0; i < boot->range_count; i++) {
        total += boot->ranges[i].type == XEN_HVM_MEMMAP_TYPE_RAM ? boot->ranges[i].size : 0;
    }
    return total;
}

bool map_overlaps_ram(const struct boot_info *boot, struct extent e)
{
    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        if (r->type == XEN_HVM_MEMMAP_TYPE_RAM &&
            extents_overlap((struct extent){r->start, r->size}, e)) {
            return true;
        }
    }
    return false;
}

uint32_t map_type(const struct boot_info *boot, uint64_t address, uint64_t *end)
{
    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        if (address < range_end(r)) {
            uint64_t border = address < r->start ? r->start : range_end(r);

            *end = border < *end ? border : *end;
            return address < r->start ? 0 : r->type;
        }
    }
    return 0;
}

/* Is there uncached RAM at an address? `end` becomes the address up to which the answer holds. */
static bool is_uncached(const struct boot_info *boot, uint64_t address, uint64_t *end)
{
    *end = map_end(boot);
    return map_type(boot, address, end) == XEN_HVM_MEMMAP_TYPE_RAM &&
           mtrr_type(&boot->mtrrs, address, end) != MTRR_WB;
}

static uint64_t uncached_size(const struct boot_info *boot)
{
    uint64_t size = 0;

    for (uint64_t at = 0, end; at < map_end(boot); at = end) {
        size += is_uncached(boot, at, &end) ? end - at : 0;
    }
    return size;
}

uint64_t map_cut_uncached(struct boot_info *boot)
{
    uint64_t size = uncached_size(boot);

    if (!size || size == map_ram_size(boot)) {
        return 0;
    }
    for (uint64_t at = 0, end; at < map_end(boot); at = end) {
        if (is_uncached(boot, at, &end)) {
            map_set(boot, at, end - at, XEN_HVM_MEMMAP_TYPE_RESERVED);
        }
    }
    return size;
}

uint64_t map_cut_ram(struct boot_info *boot, uint64_t from)
{
    uint64_t before = map_ram_size(boot);

    if (!split(boot, from)) {
        erase(boot, boot->range_count - 1);
        split(boot, from);
    }
    for (unsigned int i = 0; i < boot->range_count; i++) {
        struct boot_range *r = &boot->ranges[i];

        if (r->start >= from && r->type == XEN_HVM_MEMMAP_TYPE_RAM) {
            r->type = XEN_HVM_MEMMAP_TYPE_RESERVED;
        }
    }
    merge_neighbours(boot);
    return before - map_ram_size(boot);
}

uint64_t map_ram_end(const struct boot_info *boot)
{
    uint64_t end = 0;

    for (unsigned int i = 0; i < boot->range_count; i++) {
        end = boot->ranges[i].type == XEN_HVM_MEMMAP_TYPE_RAM ? range_end(&boot->ranges[i]) : end;
    }
    return end;
}

uint64_t map_end(const struct boot_info *boot)
{
    return boot->range_count ? range_end(&boot->ranges[boot->range_count - 1]) : 0;
}

/* The lowest of `busy` that e overlaps, or NULL. */
static const struct extent *obstacle(const struct extents *busy, struct extent e)
{
    const struct extent *lowest = NULL;

    for (unsigned int i = 0; i < busy->count; i++) {
        const struct extent *b = &busy->list[i];

        if (extents_overlap(*b, e) && (!lowest || b->start < lowest->start)) {
            lowest = b;
        }
    }
    return lowest;
}

/* The highest place between low and high that is clear, or 0. */
static uint64_t find_between(uint64_t low, uint64_t high, uint64_t size, uint64_t align,
                             const struct extents *busy)
{
    while (high >= size && high - size >= low) {
        struct extent e = {align_down(high - size, align), size};
        const struct extent *hit = obstacle(busy, e);

        if (e.start < low) {
            return 0;
        }
        if (!hit) {
            return e.start;
        }
        high = hit->start;
    }
    return 0;
}

uint64_t map_find(const struct boot_info *boot, uint64_t size, uint64_t align, struct extent within,
                  const struct extents *busy)
{
    uint64_t low = within.start > PAGE ? within.start : PAGE;

    for (unsigned int i = boot->range_count; i--;) {
        const struct boot_range *r = &boot->ranges[i];
        uint64_t high = range_end(r);
        uint64_t found;

        if (r->type != XEN_HVM_MEMMAP_TYPE_RAM) {
            continue;
        }
        high = high < within.start + within.size ? high : within.start + within.size;
        found = find_between(r->start > low ? r->start : low, high, size, align, busy);
        if (found) {
            return found;
        }
    }
    return 0;
}

static struct extent larger(struct extent best, uint64_t start, uint64_t end, uint64_t align)
{
    start = align_up(start, align);
    end = align_down(end, align);
    return start < end && end - start >= best.size ? (struct extent){start, end - start} : best;
}

/* The best of the clear ranges between low and high and of the best so far. */
static struct extent largest_between(uint64_t low, uint64_t high, uint64_t align,
                                     const struct extents *busy, struct extent best)
{
    while (low < high) {
        const struct extent *hit = obstacle(busy, (struct extent){low, high - low});

        best = larger(best, low, hit ? hit->start : high, align);
        low = hit ? hit->start + hit->size : high;
    }
    return best;
}

struct extent map_largest(const struct boot_info *boot, uint64_t align, struct extent within,
                          const struct extents *busy)
{
    uint64_t least = within.start > PAGE ? within.start : PAGE, most = within.start + within.size;
    struct extent best = {0, 0};

    for (unsigned int i = 0; i < boot->range_count; i++) {
        const struct boot_range *r = &boot->ranges[i];

        if (r->type == XEN_HVM_MEMMAP_TYPE_RAM) {
            best = largest_between(r->start > least ? r->start : least,
                                   range_end(r) < most ? range_end(r) : most, align, busy, best);
        }
    }
    return best;
}
