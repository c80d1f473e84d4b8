/* SPDX-License-Identifier: BSD-2-Clause */
#include "svm/exit.h"

#include "core/vendor.h"
#include "memory/pages.h"
#include "svm/svm.h"
#include "x86/apic.h"

/* The MSR permission map (APM Vol. 2 15.11): two bits each, read and write, for three ranges.
 * Accesses to all others cause exits anyway. */
#define RANGE_BYTES 0x800U

#define READ_EXITS  1U
#define WRITE_EXITS 2U

const uint32_t msr_ranges[MSR_RANGES] = {0, 0xc0000000, 0xc0010000};

static void change(uint8_t *map, uint32_t msr, unsigned int exits)
{
    for (unsigned int i = 0; i < MSR_RANGES; i++) {
        uint32_t bit = 2 * (msr - msr_ranges[i]);

        if (msr >= msr_ranges[i] && msr - msr_ranges[i] < MSR_REACH) {
            uint8_t *byte = map + i * RANGE_BYTES + bit / 8;

            *byte = (uint8_t)((*byte & ~(3U << bit % 8)) | exits << bit % 8);
        }
    }
}

void permission_set_msr(struct domain *domain, uint32_t msr, struct msr_rights without_exit)
{
    change(virt_of(domain->msr_bitmap), msr,
           (without_exit.read ? 0 : READ_EXITS) | (without_exit.write ? 0 : WRITE_EXITS));
}

void permission_watch_port(struct domain *domain, unsigned int port)
{
    uint8_t *map = virt_of(domain->io_bitmaps[0]);

    map[port / 8] |= (uint8_t)(1U << port % 8);
}

void vendor_watch_icr(const struct domain *domain, bool on)
{
    bool exits = on || !feature_is_shown(&domain->face, FEATURE_X2APIC);

    change(virt_of(domain->msr_bitmap), MSR_X2APIC_ICR, exits ? WRITE_EXITS : 0);
}
