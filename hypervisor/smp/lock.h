/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket locks: who comes first is served first, so no CPU can keep another out. Taken in the order
 * of their ranks, which debug builds check; none is taken by a CPU that holds it.
 */
#ifndef SMP_LOCK_H
#define SMP_LOCK_H

#include "debug/window.h"

#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
    LOCK_NONE,
    LOCK_DOMAIN, /* engine, control server, what the guest's hypercalls change, serial ports */
    LOCK_RANKS,
};

struct lock {
    uint32_t next, serving; /* tickets */
    enum lock_rank rank;
};

/* Debug builds: panic if the order is broken. Else nothing. */
#ifdef ALTVIEW_DEBUG
void lock_check_take(const struct lock *lock);
void lock_check_release(const struct lock *lock);
#else
static inline void lock_check_take(const struct lock *lock)
{
    (void)lock;
}
static inline void lock_check_release(const struct lock *lock)
{
    (void)lock;
}
#endif

/* A place in the queue. It is one's turn when lock_is_served. */
static inline uint32_t lock_queue(struct lock *lock)
{
    return __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
}

static inline bool lock_is_served(const struct lock *lock, uint32_t ticket)
{
    return __atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) == ticket;
}

static inline void lock_release(struct lock *lock)
{
    lock_check_release(lock);
    /* Nobody else writes it, and no store passes an earlier one (SDM Vol. 3A 9.2.2). */
    __asm__ volatile("addl $1, %0" : "+m"(lock->serving) : : "cc", "memory");
    window_open();
}

#endif
