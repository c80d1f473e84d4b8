/* SPDX-License-Identifier: BSD-2-Clause */
/* Which MSRs leave the guest: a page of bits that all vCPUs share. */
#ifndef VMX_MSR_BITMAP_H
#define VMX_MSR_BITMAP_H

#include <stdbool.h>
#include <stdint.h>

/* SDM Vol. 3C 25.6.9: reads of MSRs 0 to 0x1fff, of those from 0xc0000000 on, then writes. All
 * others leave the guest anyway. */
#define BITMAP_REACH 0x2000U
#define BITMAP_HIGH  0xc0000000U
#define BITMAP_PART  1024
#define BITMAP_WRITE 2048

/* In the part for reads, or, BITMAP_WRITE further, that for writes. */
void msr_bitmap_change(uint8_t *part, uint32_t msr, bool exits);

#endif
