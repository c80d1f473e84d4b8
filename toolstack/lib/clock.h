/* SPDX-License-Identifier: BSD-2-Clause */
/* Points in time: milliseconds of a clock that no program sets. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#define NEVER INT64_MAX

static inline int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* `milliseconds` from now, -1: never. */
static inline int64_t time_in(int milliseconds)
{
    return milliseconds < 0 ? NEVER : now_ms() + milliseconds;
}

/* The time from now until then, as poll(2) takes it. */
static inline int time_left(int64_t deadline)
{
    if (deadline == NEVER) {
        return -1;
    }
    int64_t left = deadline - now_ms();
    return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

#endif
