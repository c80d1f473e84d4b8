/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/ioapic.h"

#include "memory/pages.h"
#include "x86/delivery.h"

#define VERSION 1
#define LAST(v) ((v) >> 16 & 0xff) /* of the entries, from register 1 */

static volatile uint32_t *reg(uint64_t ioapic, unsigned int offset)
{
    return virt_of(ioapic + offset);
}

static uint32_t read(uint64_t ioapic, uint32_t index)
{
    *reg(ioapic, IOAPIC_SELECT) = index;
    return *reg(ioapic, IOAPIC_WINDOW);
}

static void write(uint64_t ioapic, uint32_t index, uint32_t value)
{
    *reg(ioapic, IOAPIC_SELECT) = index;
    *reg(ioapic, IOAPIC_WINDOW) = value;
}

/* All ones where no device answers. */
static unsigned int entries(uint64_t ioapic)
{
    unsigned int last = LAST(read(ioapic, VERSION));

    return last < IOAPIC_MAX_ENTRIES ? last + 1 : 0;
}

static void hold(struct ioapic_held *held, uint64_t ioapic)
{
    uint32_t selected = *reg(ioapic, IOAPIC_SELECT); /* the guest may have exited in between */

    *held = (struct ioapic_held){0};
    for (unsigned int i = 0; i < entries(ioapic); i++) {
        uint32_t entry = read(ioapic, IOAPIC_ENTRIES + 2 * i);

        if (delivery_is_watched(entry) && !(entry & IOAPIC_MASKED)) {
            write(ioapic, IOAPIC_ENTRIES + 2 * i, entry | IOAPIC_MASKED);
            held->entries[i / 64] |= UINT64_C(1) << i % 64;
        }
    }
    *reg(ioapic, IOAPIC_SELECT) = selected;
}

static void release(const struct ioapic_held *held, uint64_t ioapic)
{
    uint32_t selected = *reg(ioapic, IOAPIC_SELECT);

    for (unsigned int i = 0; i < IOAPIC_MAX_ENTRIES; i++) {
        if (held->entries[i / 64] >> i % 64 & 1) {
            uint32_t entry = read(ioapic, IOAPIC_ENTRIES + 2 * i);

            write(ioapic, IOAPIC_ENTRIES + 2 * i, entry & ~IOAPIC_MASKED);
        }
    }
    *reg(ioapic, IOAPIC_SELECT) = selected;
}

bool ioapic_has(const struct boot_info *boot, uint64_t gfn)
{
    for (unsigned int i = 0; i < boot->ioapic_count; i++) {
        if (PAGE_OF(boot->ioapics[i]) == gfn) {
            return true;
        }
    }
    return false;
}

void ioapic_hold(struct domain *domain)
{
    for (unsigned int i = 0; i < domain->boot->ioapic_count; i++) {
        hold(&domain->ioapics_held[i], domain->boot->ioapics[i]);
    }
}

void ioapic_release(struct domain *domain)
{
    for (unsigned int i = 0; i < domain->boot->ioapic_count; i++) {
        release(&domain->ioapics_held[i], domain->boot->ioapics[i]);
    }
}
