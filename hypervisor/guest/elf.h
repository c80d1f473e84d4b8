/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a PVH guest's ELF file, 32- or 64-bit. Pure: the host's tests and fuzzers compile it. */
#ifndef GUEST_ELF_H
#define GUEST_ELF_H

#include "base/refusal.h"
#include "image.h"

/* Looks at the `size` bytes of `file` only. False: see `why`. */
bool elf_parse(const void *file, uint64_t size, struct guest_image *image, struct refusal *why);

#endif
