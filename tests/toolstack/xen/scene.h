/* SPDX-License-Identifier: BSD-2-Clause */
/* A handle on domain FAKE_DOMAIN of the fake Xen. */
#ifndef XEN_SCENE_H
#define XEN_SCENE_H

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake.h"

#include <altview/altview.h>
#include <errno.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* cmocka fixtures: *state is the handle. Teardown: all buffers and handles were freed, and the fake
 * found no fault. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* The structure of the last hypercall has these numbers, and zeros everywhere else. */
void scene_saw(unsigned int hypercall, uint64_t command, size_t size,
               const struct fake_field *fields, size_t count);

#endif
