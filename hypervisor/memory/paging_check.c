/* SPDX-License-Identifier: BSD-2-Clause */
/* altview's own page tables, read as the CPU does. For the debug build. */
#include "base/log.h"
#include "memory/image.h"
#include "memory/pages.h"
#include "memory/paging.h"
#include "memory/paging_entry.h"
#include "memory/stack.h"

#include <stddef.h>

static const struct boot_info *boot_info;

/* Rights add up over the levels: all must grant W and U, one is enough to withhold X. */
struct stretch {
    uint64_t virtual, physical, size;
    bool writable, user, executable;
};

static bool is_code(const struct stretch *s)
{
    uint64_t start = phys_of(image_start);

    return s->physical >= start &&
           s->physical + s->size <= start + (uint64_t)(image_data - image_start);
}

static bool touches_code(const struct stretch *s)
{
    uint64_t start = phys_of(image_start);

    return s->physical < start + (uint64_t)(image_data - image_start) &&
           start < s->physical + s->size;
}

/* By the MTRRs. */
static bool spans_types(const struct stretch *s)
{
    uint64_t end = s->physical + s->size;

    mtrr_type(&boot_info->mtrrs, s->physical, &end);
    return end < s->physical + s->size;
}

static void check(const struct stretch *s)
{
    const char *wrong = s->user                          ? "ring 3 can reach it"
                        : s->writable && s->executable   ? "it is writable and executable"
                        : s->executable && !is_code(s)   ? "it is executable, and not our code"
                        : s->writable && touches_code(s) ? "our code can be written through it"
                        : spans_types(s)                 ? "it spans two memory types"
                                                         : NULL;

    if (wrong) {
        panic("own page tables: %lx, %lx bytes at %lx: %s", (int64_t)(s->virtual << 16) >> 16,
              s->size, s->physical, wrong);
    }
}

/* Returns the number of pages. One call per level. */
static size_t walk(const uint64_t *table, unsigned int level, struct stretch above)
{
    size_t pages = 0;

    for (unsigned int i = 0; i < ENTRIES; i++) {
        uint64_t entry = table[i];
        struct stretch s = {
            .virtual = above.virtual + i * level_size(level),
            .physical = entry & ADDRESS & ~(is_leaf(entry, level) ? level_size(level) - 1 : 0),
            .size = level_size(level),
            .writable = above.writable && entry & WRITABLE,
            .user = above.user && entry & USER,
            .executable = above.executable && !(entry & NO_EXEC),
        };

        if (entry & PRESENT && is_leaf(entry, level)) {
            check(&s);
            pages++;
        } else if (entry & PRESENT) {
            pages += walk(virt_of(s.physical), level - 1, s);
        }
    }
    return pages;
}

void paging_check(const struct boot_info *boot)
{
    const struct stretch all = {.writable = true, .user = true, .executable = true};
    size_t pages;

    boot_info = boot;
    pages = walk(virt_of(read_cr3() & ADDRESS), TOP_LEVEL, all);

    log_line("own page tables: %zu entries checked, %u stacks with guards", pages, stacks_check());
}
