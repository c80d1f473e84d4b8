/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a guest's file of any format: a PVH guest in ELF, or a Linux bzImage. Pure and
 * free-standing: the hypervisor and the launcher check a file with the same code.
 */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

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
    uint32_t alignment;    /* the one segment may be relocated, aligned to this; 0: it may not */
    uint32_t header_size;  /* the size of the header that boot_params copies from the file */
    uint32_t cmdline_size; /* the longest command line, without its end */
};

/* The fault of a file, and the remedy: two texts without a full stop, for messages. */
struct image_fault {
    const char *cause, *remedy;
};

/* Reads only the `size` bytes of `file`. False: see `fault`. */
bool image_parse(const void *file, uint64_t size, struct guest_image *image,
                 struct image_fault *fault);

/* boot_params takes over the file's header, from here on in both. */
#define LINUX_HEADER_AT 0x1f1

/* The formats, one by one. */
bool bzimage_is(const void *file, uint64_t size); /* has it a Linux kernel's setup header? */
bool bzimage_parse(const void *file, uint64_t size, struct guest_image *image,
                   struct image_fault *fault);
bool elf_parse(const void *file, uint64_t size, struct guest_image *image,
               struct image_fault *fault);

/* Fills `fault`; false, for `return image_bad(...)`. */
bool image_bad(struct image_fault *fault, const char *cause, const char *remedy);

#endif
