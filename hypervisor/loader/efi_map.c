/* SPDX-License-Identifier: BSD-2-Clause */
#include "loader/efi_map.h"

#include "base/string.h"
#include "memory/map.h"
#include "memory/own.h"

#include <xen/arch-x86/hvm/start_info.h>

#define PAGE             4096
#define EFI_RESERVED     0
#define EFI_RUNTIME      (UINT64_C(1) << 63)
#define EFI_PAGES_MAX    (UINT64_C(1) << 40) /* no physical address is wider than 52 bits */
#define SPLITS_PER_PIECE 2

struct descriptor {
    uint32_t type, padding;
    uint64_t start, virtual, pages, attributes;
};

struct writer {
    const struct boot_info *boot;
    struct extents ours;
    char *to;
};

static uint64_t count_of(const struct boot_info *boot)
{
    return boot->efi.map.size ? boot->efi.map.size / boot->efi.descriptor_size : 0;
}

uint64_t efi_map_room(const struct boot_info *boot)
{
    uint64_t count = count_of(boot);

    return count ? (count + SPLITS_PER_PIECE * (boot->own.count + 1)) * boot->efi.descriptor_size
                 : 0;
}

static bool is_sane(const struct descriptor *d)
{
    return d->start < EFI_PAGES_MAX * PAGE && d->pages <= EFI_PAGES_MAX;
}

/* With the fields of a newer version after the known ones. */
static void put(struct writer *w, const char *whole, struct descriptor d, struct extent e,
                bool is_ours)
{
    d.virtual += d.virtual ? e.start - d.start : 0;
    d.start = e.start;
    d.pages = e.size / PAGE;
    d.type = is_ours ? EFI_RESERVED : d.type;
    d.attributes &= is_ours ? ~EFI_RUNTIME : UINT64_MAX;
    memcpy(w->to, whole, w->boot->efi.descriptor_size);
    memcpy(w->to, &d, sizeof(d));
    w->to += w->boot->efi.descriptor_size;
}

static bool holds(const struct extent *e, uint64_t at)
{
    return at >= e->start && at - e->start < e->size;
}

/* Is the memory there altview's, and up to which address does the answer hold? */
static bool is_ours(const struct extents *ours, uint64_t at, uint64_t *end)
{
    for (unsigned int i = 0; i < ours->count; i++) {
        const struct extent *e = &ours->list[i];

        if (holds(e, at)) {
            *end = e->start + e->size < *end ? e->start + e->size : *end;
            return true;
        }
        *end = e->start > at && e->start < *end ? e->start : *end;
    }
    return false;
}

static void write_one(struct writer *w, const char *whole)
{
    struct descriptor d;
    uint64_t behind, end;
    bool ours;

    memcpy(&d, whole, sizeof(d));
    if (!is_sane(&d)) {
        return;
    }
    behind = d.start + d.pages * PAGE;
    for (uint64_t at = d.start; at < behind; at = end) {
        end = behind;
        ours = is_ours(&w->ours, at, &end);
        put(w, whole, d, (struct extent){at, end - at}, ours);
    }
}

uint64_t efi_map_copy(const struct boot_info *boot, void *to, const void *from)
{
    struct writer w = {.boot = boot, .to = to};

    own_extents(boot, &w.ours);
    for (uint64_t i = 0; i < count_of(boot); i++) {
        write_one(&w, (const char *)from + i * boot->efi.descriptor_size);
    }
    return (uint64_t)(w.to - (char *)to);
}

void efi_map_reserve(struct boot_info *boot, const void *from)
{
    for (uint64_t i = 0; i < count_of(boot); i++) {
        struct descriptor d;

        memcpy(&d, (const char *)from + i * boot->efi.descriptor_size, sizeof(d));
        if (d.attributes & EFI_RUNTIME && is_sane(&d) &&
            map_overlaps_ram(boot, (struct extent){d.start, d.pages * PAGE})) {
            map_set(boot, d.start, d.pages * PAGE, XEN_HVM_MEMMAP_TYPE_RESERVED);
        }
    }
}
