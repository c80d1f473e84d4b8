/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STEPS_COMPARE_H
#define STEPS_COMPARE_H

#include "run.h"

/* Of what the arena has kept and holds as well. The first difference in words, or NULL. */
const char *compare(const struct outcome *expected, const struct outcome *seen);

#endif
