/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RUN_GUEST_FILE_H
#define RUN_GUEST_FILE_H

#include "new_file.h"

#include <stdbool.h>

/*
 * Look at a guest's file before anything boots, with the code that the hypervisor uses
 * (image/image.h). Unpack a compressed file here, so that the hypervisor need not. `inside` is then
 * a path to what is to be loaded, good for as long as this process lives. 0, or EXIT_USAGE,
 * EXIT_BAD_IMAGE or EXIT_FAILED after a message.
 */
int guest_file_look(const char *path, char inside[INSIDE_SIZE], bool *is_linux);

#endif
