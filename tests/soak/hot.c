/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages in use, from the vCPU's own page walk (SDM Vol. 3A 4.5). */
#include "soak.h"

#define PRESENT   1U
#define LARGE     0x80U
#define ADDRESS   UINT64_C(0x000ffffffffff000)
#define TOP_SHIFT 39
#define LOW_SHIFT 12
#define STRIDE    9 /* bits a level translates */

/* The gfn of the table of that level (0: of the page) on the walk to an address. */
static uint64_t walk(struct soak *s, uint64_t cr3, uint64_t address, unsigned int level)
{
    uint64_t entry = cr3;

    for (unsigned int shift = TOP_SHIFT, at = 4; at > level; shift -= STRIDE, at--) {
        uint64_t slot = (entry & ADDRESS) + ((address >> shift) % 512) * sizeof(entry);

        if (altview_read(s->handle, ALTVIEW_NO_VIEW, slot, &entry, sizeof(entry)) ||
            !(entry & PRESENT)) {
            return cr3 / PAGE_SIZE;
        }
        if (entry & LARGE && shift > LOW_SHIFT) {
            uint64_t inside = address & ((UINT64_C(1) << shift) - 1);

            return (((entry & ADDRESS) >> shift << shift) + inside) / PAGE_SIZE;
        }
    }
    return (entry & ADDRESS) / PAGE_SIZE;
}

uint64_t hot_gfn(struct soak *s)
{
    unsigned int vcpu = (unsigned int)soak_random(s, s->hello.vcpu_count);
    struct altview_registers r;

    if (altview_get_registers(s->handle, vcpu, &r)) {
        soak_give_up("registers are read");
    }
    const uint64_t used[] = {r.general.rip,    r.general.gpr[4], r.general.gpr[6],
                             r.general.gpr[7], r.gdtr_base,      r.idtr_base};

    return walk(s, r.cr3, used[soak_random(s, sizeof(used) / sizeof(used[0]))],
                (unsigned int)soak_random(s, 5));
}
