/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket locks: CPUs get the lock in the order in which they come, so no CPU can starve another.
 * CPUs take locks in the order of their ranks, which debug builds check. No CPU takes a lock that
 * it holds.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include "debug/window.h"

#include <stdbool.h>
#include <stdint.h>

enum lock_rank {
    LOCK_NONE,
    LOCK_DOMAIN, /* engine, control server, state of the guest's hypercalls, serial ports */
    LOCK_RANKS,
};

struct lock {
    uint32_t next, serving; /* tickets */
    enum lock_rank rank;
};

/* Debug builds panic if the order is violated. Others do nothing. */
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

/* Take a place in the queue. It is the caller's turn when lock_is_served. */
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
    /* No other CPU writes it now, and no store overtakes an earlier one (SDM Vol. 3A 9.2.2). */
    __asm__ volatile("addl $1, %0" : "+m"(lock->serving) : : "cc", "memory");
    window_open();
}

#endif
