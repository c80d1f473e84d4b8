/* SPDX-License-Identifier: BSD-2-Clause */
/* Bits of the guest's page-table entries (SDM Vol. 3A 4.3 to 4.6). */
#ifndef GUESTMEM_PTE_H
#define GUESTMEM_PTE_H

#include <stdint.h>

#define PTE_PRESENT  (UINT64_C(1) << 0)
#define PTE_WRITE    (UINT64_C(1) << 1)
#define PTE_USER     (UINT64_C(1) << 2)
#define PTE_ACCESSED (UINT64_C(1) << 5)
#define PTE_DIRTY    (UINT64_C(1) << 6)
#define PTE_LARGE    (UINT64_C(1) << 7)
#define PTE_NX       (UINT64_C(1) << 63)
#define PTE_ADDRESS  UINT64_C(0x000ffffffffff000)

#define PTE_KEY(entry) ((entry) >> 59 & 0xf)

#endif
