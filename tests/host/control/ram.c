/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/ram.h"

#include "sim/fail.h"

#include <sys/mman.h>

#define MFN_BITS 40
#define TRIES    32
#define STRIDE   (UINT64_C(1) << 32)

uint64_t ram_mfn(const struct sim_machine *m, const uint8_t *ram)
{
    return ((uintptr_t)ram - sim_memory_direct_map(&m->memory)) >> ALTP2M_PAGE_SHIFT;
}

/* Machine address 0 is the start of the direct map, which is somewhere in this process. */
uint8_t *ram_new(const struct sim_machine *m)
{
    uintptr_t wish = sim_memory_direct_map(&m->memory);

    for (unsigned int i = 0; i < TRIES; i++, wish += STRIDE) {
        uint8_t *ram = mmap((void *)wish, RAM_SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (ram == MAP_FAILED)
            sim_fail("the test itself is out of memory");
        if (!(ram_mfn(m, ram) >> MFN_BITS))
            return ram;
        munmap(ram, RAM_SIZE);
    }
    sim_fail("no place for memory above the simulated machine's");
}

void ram_free(uint8_t *ram)
{
    munmap(ram, RAM_SIZE);
}
