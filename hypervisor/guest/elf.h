/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a PVH guest's ELF file, 32- or 64-bit. Pure: the host's tests and fuzzers compile it. */
#ifndef GUEST_ELF_H
#define GUEST_ELF_H

#include "base/refusal.h"

#include <stdint.h>

#define ELF_MAX_SEGMENTS 32

/* file_offset + file_size lies inside the file, file_size <= memory_size, address + memory_size
 * does not overflow, memory_size is not 0. */
struct elf_segment {
    uint64_t file_offset, file_size;
    uint64_t address, memory_size; /* physical (p_paddr) */
};

struct elf_image {
    struct elf_segment segments[ELF_MAX_SEGMENTS];
    unsigned int segment_count; /* at least 1 */
    uint32_t entry;             /* physical, inside a segment */
};

/* Looks at the `size` bytes of `file` only. False: see `why`. */
bool elf_parse(const void *file, uint64_t size, struct elf_image *image, struct refusal *why);

#endif
