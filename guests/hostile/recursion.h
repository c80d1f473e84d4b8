/* SPDX-License-Identifier: BSD-2-Clause */
/* A CPU that its guest loses: see recursion.c. */
#ifndef HOSTILE_RECURSION_H
#define HOSTILE_RECURSION_H

#include <stdint.h>

/* Run the part, which comes to an end when `*word` has become `value`: that is done outside. */
void recursion_lose(uint64_t *word, uint64_t value, void (*part)(void));

#endif
