/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RUN_GUEST_FILE_H
#define RUN_GUEST_FILE_H

#include "new_file.h"

#include <stdbool.h>

/*
 * Look at a guest's file before anything boots: it is judged by the code by which the hypervisor
 * will (image/image.h). One that is compressed is unpacked here, so that the hypervisor need not.
 * `inside` is then a path to what is to be loaded, good for as long as this process lives.
 * 0, or EXIT_USAGE, EXIT_BAD_IMAGE or EXIT_FAILED after a message.
 */
int guest_file_look(const char *path, char inside[INSIDE_SIZE], bool *is_linux);

#endif
