/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RUN_KERNEL_H
#define RUN_KERNEL_H

#include <stdbool.h>

/* Is it a Linux kernel: a bzImage, or an ELF file whose note says so? */
bool kernel_is_linux(const char *path);

#endif
