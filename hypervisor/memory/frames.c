/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/frames.h"

#include "base/string.h"

#include <xen/arch-x86/hvm/start_info.h>

#define PAGE_SHIFT 12
#define PAGE_MASK  ((UINT64_C(1) << PAGE_SHIFT) - 1)

/* Make `at` a border between two ranges. */
static void split(struct frames *f, uint64_t at)
{
    unsigned int i = 0;

    while (i < f->count && f->ranges[i].end <= at) {
        i++;
    }
    if (i == f->count || f->ranges[i].first == at) {
        return;
    }
    memmove(&f->ranges[i + 1], &f->ranges[i], (f->count - i) * sizeof(f->ranges[0]));
    f->ranges[i].end = f->ranges[i + 1].first = at;
    f->count++;
}

static void set_owner(struct frames *f, uint64_t first, uint64_t end, enum frame_owner owner)
{
    uint64_t limit = f->ranges[f->count - 1].end;

    end = end < limit ? end : limit;
    if (first >= end) {
        return;
    }
    split(f, first);
    split(f, end);
    for (unsigned int i = 0; i < f->count; i++) {
        if (f->ranges[i].first >= first && f->ranges[i].end <= end) {
            f->ranges[i].owner = owner;
        }
    }
}

/* A page that is only partly RAM is not mapped as RAM. A page that is partly altview's is
 * altview's. */
static void set_ram(struct frames *f, const struct boot_range *r)
{
    if (r->type == XEN_HVM_MEMMAP_TYPE_RAM) {
        set_owner(f, (r->start + PAGE_MASK) >> PAGE_SHIFT, (r->start + r->size) >> PAGE_SHIFT,
                  FRAME_GUEST);
    }
}

static void set_ours(struct frames *f, struct extent e, enum frame_owner owner)
{
    set_owner(f, e.start >> PAGE_SHIFT, (e.start + e.size + PAGE_MASK) >> PAGE_SHIFT, owner);
}

void frames_fill(struct frames *f, const struct boot_info *boot, struct extent shown,
                 uint64_t limit)
{
    struct extents ours;

    *f = (struct frames){.ranges = {{0, limit, FRAME_DEVICE}}, .count = 1};
    for (unsigned int i = 0; i < boot->range_count; i++) {
        set_ram(f, &boot->ranges[i]);
    }
    own_extents(boot, &ours);
    for (unsigned int i = 0; i < ours.count; i++) {
        set_ours(f, ours.list[i], FRAME_OURS);
    }
    set_ours(f, shown, FRAME_SHOWN);
}

enum frame_owner frames_owner(const struct frames *f, uint64_t mfn)
{
    unsigned int low = 0, high = f->count;

    while (low < high) {
        unsigned int middle = (low + high) / 2;

        if (f->ranges[middle].end > mfn) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low < f->count ? f->ranges[low].owner : FRAME_DEVICE;
}

const char *frames_owner_name(enum frame_owner owner)
{
    static const char *const names[FRAME_OWNERS] = {
        [FRAME_DEVICE] = "a device's",
        [FRAME_GUEST] = "the guest's",
        [FRAME_OURS] = "altview's",
        [FRAME_SHOWN] = "altview's, shown",
    };

    return names[owner];
}

unsigned int frames_kept(const struct frames *f, struct altp2m_frames kept[KEPT_MAX])
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < f->count && count < KEPT_MAX; i++) {
        const struct frame_range *r = &f->ranges[i];

        if (r->owner == FRAME_OURS || r->owner == FRAME_SHOWN) {
            kept[count++] = (struct altp2m_frames){r->first, r->end, r->owner == FRAME_SHOWN};
        }
    }
    return count;
}
