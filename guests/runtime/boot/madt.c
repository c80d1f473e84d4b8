/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpus.h"

#include "start_info.h"
#include "string.h"

/* ACPI 6.4, 5.2.5.3: the pointer to the tables, of which the older revision has the first half. */
struct rsdp {
    char signature[8];
    uint8_t checksum, oem[6], revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
} __attribute__((packed));

/* 5.2.6: what every table begins with. */
struct table {
    char signature[4];
    uint32_t length;
    uint8_t rest[28];
} __attribute__((packed));

/* 5.2.12: entries follow, each with its type and length. */
struct madt {
    struct table header;
    uint32_t apic_address, flags;
} __attribute__((packed));

/* 5.2.12.2: type 0, 5.2.12.12: type 9. */
union entry {
    struct {
        uint8_t type, length;
    };
    struct {
        uint8_t type, length, uid, apic_id;
        uint32_t flags;
    } __attribute__((packed)) local;
    struct {
        uint8_t type, length;
        uint16_t reserved;
        uint32_t apic_id, flags, uid;
    } __attribute__((packed)) x2;
};

#define TYPE_LOCAL  0
#define TYPE_X2     9
#define FLAG_ENABLE 1

/* Entry i of the RSDT or XSDT: a physical address, 4 or 8 bytes wide and not aligned. */
static const struct table *listed(const struct table *list, unsigned int i, size_t width)
{
    uint64_t address = 0;

    memcpy(&address, (const uint8_t *)(list + 1) + i * width, width);
    return start_info_pointer(address);
}

static const struct madt *find(const struct rsdp *rsdp)
{
    bool wide = rsdp->revision >= 2 && rsdp->xsdt;
    const struct table *list = start_info_pointer(wide ? rsdp->xsdt : rsdp->rsdt);
    size_t width = wide ? 8 : 4;
    unsigned int count = (unsigned int)((list->length - sizeof(*list)) / width);

    for (unsigned int i = 0; i < count; i++)
        if (!memcmp(listed(list, i, width)->signature, "APIC", 4))
            return (const struct madt *)listed(list, i, width);
    return NULL;
}

/* The APIC id of an enabled CPU. */
static bool is_cpu(const union entry *entry, uint32_t *apic_id)
{
    switch (entry->type) {
    case TYPE_LOCAL:
        *apic_id = entry->local.apic_id;
        return entry->local.flags & FLAG_ENABLE;
    case TYPE_X2:
        *apic_id = entry->x2.apic_id;
        return entry->x2.flags & FLAG_ENABLE;
    default:
        return false;
    }
}

unsigned int madt_read(uint32_t *apic_ids, unsigned int most)
{
    const struct rsdp *rsdp = start_info_pointer(start_info()->rsdp_paddr);
    const struct madt *madt = rsdp ? find(rsdp) : NULL;
    unsigned int count = 0;

    if (!madt)
        return 0;
    for (uint32_t at = sizeof(*madt); at < madt->header.length;) {
        const union entry *entry = (const void *)((const uint8_t *)madt + at);

        if (!entry->length)
            break;
        if (count < most && is_cpu(entry, &apic_ids[count]))
            count++;
        at += entry->length;
    }
    return count;
}
