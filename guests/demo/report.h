/* SPDX-License-Identifier: BSD-2-Clause */
/* One line a step: what is done, what is expected, what was seen. */
#ifndef DEMO_REPORT_H
#define DEMO_REPORT_H

#include "scene.h"

#include <stdbool.h>

void report_chapter(const char *title);
/* Compares the texts; false if they differ. */
bool report_step(const char *what, const char *expected, const char *seen);
unsigned int report_steps(void);
unsigned int report_failures(void);

/* Which views there are, whether VMFUNC reaches them, and what page P is in each. */
void table_print(const struct scene *scene);

#endif
