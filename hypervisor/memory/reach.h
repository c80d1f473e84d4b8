/* SPDX-License-Identifier: BSD-2-Clause */
/* The limit up to which the host p2m maps device memory. Pure. */
#ifndef MEMORY_REACH_H
#define MEMORY_REACH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The number of address bits to map up to: `width`, the machine's or EPT's, if the tables for it
 * take no more than an eighth of `pages`, else as many as that allows. With 1 GiB pages a page of
 * tables maps 512 GiB, so current machines get all of it. Without them it maps 1 GiB. At least 32.
 */
unsigned int reach_bits(unsigned int width, bool has_2m, bool has_1g, uint64_t pages);

#endif
