/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_DIE_H
#define BENCH_DIE_H

#include <stdio.h>
#include <stdlib.h>

#define die(...)                                                                                   \
    do {                                                                                           \
        fprintf(stderr, "bench-engine: " __VA_ARGS__);                                             \
        fputc('\n', stderr);                                                                       \
        exit(1);                                                                                   \
    } while (0)

#endif
