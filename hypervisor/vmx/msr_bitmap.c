/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/msr_bitmap.h"

#include "core/vendor.h"
#include "memory/pages.h"
#include "x86/apic.h"

void msr_bitmap_change(uint8_t *part, uint32_t msr, bool exits)
{
    uint8_t *byte = part + (msr >= BITMAP_HIGH ? BITMAP_PART : 0) + msr % BITMAP_REACH / 8;
    uint8_t bit = (uint8_t)(1U << msr % 8);

    *byte = exits ? *byte | bit : *byte & (uint8_t)~bit;
}

void vendor_watch_icr(const struct domain *domain, bool on)
{
    uint8_t *bitmap = virt_of(domain->msr_bitmap);

    msr_bitmap_change(bitmap + BITMAP_WRITE, MSR_X2APIC_ICR, on);
}
