/* SPDX-License-Identifier: BSD-2-Clause */
/* What has been read from a guest's file, whatever its format. */
#ifndef GUEST_IMAGE_H
#define GUEST_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define IMAGE_SEGMENTS 32

/* file_offset + file_size lies inside the file, file_size <= memory_size, address + memory_size
 * does not overflow, memory_size is not 0. */
struct guest_segment {
    uint64_t file_offset, file_size;
    uint64_t address, memory_size; /* physical */
};

struct guest_image {
    enum guest_protocol {
        PROTOCOL_PVH,   /* EBX = hvm_start_info (xen/docs/misc/pvh.pandoc) */
        PROTOCOL_LINUX, /* ESI = boot_params (Linux: Documentation/x86/boot.rst, 32-bit) */
    } protocol;
    struct guest_segment segments[IMAGE_SEGMENTS];
    unsigned int segment_count; /* at least 1 */
    uint32_t entry;             /* physical, inside a segment */
    bool is_linux;
    uint64_t modules_end; /* where modules have to end */
    /* PROTOCOL_LINUX */
    uint32_t alignment;    /* the one segment may go elsewhere, so aligned; 0: it may not */
    uint32_t header_size;  /* of what boot_params takes over from the file */
    uint32_t cmdline_size; /* the longest command line, without its end */
};

#endif
