/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/machine.h"

#include <stdbool.h>
#include <string.h>
#include <xen/errno.h>

static bool inside(uint64_t address, size_t size)
{
    return address >= SIM_GUEST_BASE && size <= SIM_GUEST_SIZE &&
           address - SIM_GUEST_BASE <= SIM_GUEST_SIZE - size;
}

int sim_guest_read(const struct sim_guest *g, void *to, uint64_t from, size_t size)
{
    if (!inside(from, size))
        return -XEN_EFAULT;
    memcpy(to, g->bytes + (from - SIM_GUEST_BASE), size);
    return 0;
}

int sim_guest_write(struct sim_guest *g, uint64_t to, const void *from, size_t size)
{
    if (!inside(to, size) || (g->readonly_from && to + size > g->readonly_from))
        return -XEN_EFAULT;
    memcpy(g->bytes + (to - SIM_GUEST_BASE), from, size);
    return 0;
}
