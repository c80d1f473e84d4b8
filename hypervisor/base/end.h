/* SPDX-License-Identifier: BSD-2-Clause */
/* How machine_end stops the machine, once the command line is known. Until then: halt. */
#ifndef BASE_END_H
#define BASE_END_H

#include "boot/boot.h"

void machine_end_set(enum boot_end way);

/* Make machine_end call `stop` first. */
void machine_end_before(void (*stop)(void *context), void *context);

#endif
