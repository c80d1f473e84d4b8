/* SPDX-License-Identifier: BSD-2-Clause */
/* Synchronisation of CPUs: a lock, a barrier, and shared words. Nothing here causes an exit. */
#ifndef RUNTIME_SYNC_H
#define RUNTIME_SYNC_H

#include "cpu.h"

struct spinlock {
    unsigned int held;
};

static inline void spin_lock(struct spinlock *lock)
{
    while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
        cpu_relax();
}

static inline void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

/* Code that reads a word that another CPU writes reads it each time, and in order. */
static inline unsigned long shared_read(const unsigned long *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void shared_write(unsigned long *word, unsigned long value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* Returns the word's new value. */
static inline unsigned long shared_add(unsigned long *word, unsigned long value)
{
    return __atomic_add_fetch(word, value, __ATOMIC_SEQ_CST);
}

/*
 * For a loop that waits for no other CPU, at its iteration `turn`. An emulator may run all CPUs in
 * one thread: there the next one gets its turn at PAUSE, or a tenth of a second later.
 */
static inline void let_others_run(unsigned long turn)
{
    if (turn % 16 == 0)
        cpu_relax();
}

/* Wait until `count` CPUs are here; usable again at once. Starts as {count}. */
struct barrier {
    unsigned long count, arrived, round;
};

static inline void barrier_wait(struct barrier *barrier)
{
    unsigned long round = shared_read(&barrier->round);

    if (shared_add(&barrier->arrived, 1) < barrier->count) {
        while (shared_read(&barrier->round) == round)
            cpu_relax();
        return;
    }
    shared_write(&barrier->arrived, 0);
    shared_add(&barrier->round, 1);
}

#endif
