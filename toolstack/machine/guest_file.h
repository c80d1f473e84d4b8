/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RUN_GUEST_FILE_H
#define RUN_GUEST_FILE_H

#include <stdbool.h>

/*
 * Look at a guest's file before anything boots, with the code that the hypervisor uses
 * (image/image.h). Unpack a compressed file here, so that the hypervisor need not. `file` is then
 * what is to be loaded, and stays open. 0, or EXIT_USAGE,
 * EXIT_BAD_IMAGE or EXIT_FAILED after a message.
 */
int guest_file_look(const char *path, int *file, bool *is_linux);

#endif
