/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory, to be read at boot. Pure, but for reach.c. */
#ifndef BOOT_PHYSICAL_H
#define BOOT_PHYSICAL_H

#include <stddef.h>
#include <stdint.h>

/* Memory from address 0 up to `size`. `map` maps other addresses, or returns NULL. `map` itself may
 * be NULL. */
struct physical_memory {
    const unsigned char *base;
    uint64_t size;
    const void *(*map)(uint64_t address, uint64_t size);
};

/* The bytes at a physical address, or NULL if it is 0 or they can't be reached. */
static inline const uint8_t *physical_bytes(const struct physical_memory *memory, uint64_t address,
                                            uint64_t size)
{
    if (address && address < memory->size && size <= memory->size - address) {
        return memory->base + address;
    }
    return address && memory->map ? memory->map(address, size) : NULL;
}

/* reach.c: all physical memory, as far as the CPU has addresses. Until paging_enter. */
struct physical_memory reach_memory(void);

#endif
