/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DEMO_TABLE_H
#define DEMO_TABLE_H

#include "scene.h"

/* Which views there are, whether VMFUNC reaches them, and what page P is in each. */
void table_print(const struct scene *scene);

#endif
