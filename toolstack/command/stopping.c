/* SPDX-License-Identifier: BSD-2-Clause */
#include "stopping.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

#define PIECE_MS 200 /* the longest wait before a signal counts */

static const int signals[] = {SIGINT, SIGTERM};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct sigaction before[SIGNALS];
static volatile sig_atomic_t asked;

static void ask(int number)
{
    (void)number;
    asked = 1;
}

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void stopping_begin(struct stopping *stopping, unsigned long seconds)
{
    const struct sigaction action = {.sa_handler = ask};

    asked = 0;
    stopping->deadline_ms = seconds == STOPPING_NEVER ? UINT64_MAX : now_ms() + seconds * 1000;
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], &action, &before[i]);
    }
}

void stopping_end(void)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], &before[i], NULL);
    }
}

int stopping_wait(const struct stopping *stopping)
{
    uint64_t now = now_ms();
    uint64_t left = now < stopping->deadline_ms ? stopping->deadline_ms - now : 0;

    return left < PIECE_MS ? (int)left : PIECE_MS;
}

bool stopping_asked(void)
{
    return asked;
}
