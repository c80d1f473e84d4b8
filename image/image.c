/* SPDX-License-Identifier: BSD-2-Clause */
#include "image/image.h"

bool image_parse(const void *file, uint64_t size, struct guest_image *image,
                 struct image_fault *fault)
{
    return bzimage_is(file, size) ? bzimage_parse(file, size, image, fault)
                                  : elf_parse(file, size, image, fault);
}
