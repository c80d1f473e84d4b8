/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removes a right or a page while the other CPUs use it, and restores it, many times. A CPU that
 * reads after the removing call has returned must no longer see the old state.
 *
 * A word counts the phases: given, free, taken, free. It changes from free to taken right after the
 * call's return. The others read the word, read the memory, and read the word again: if the word
 * was the same both times, only one result is right, unless the phase was free.
 */
#ifndef SMP_SHOOT_H
#define SMP_SHOOT_H

#include <stdbool.h>

struct shot {
    const char *name;
    /* By CPU 0, which is in view 0: 0 or an error. */
    long (*take)(void);
    long (*give)(void);
    /* By the others: a value, or minus an exception. */
    int (*look)(void);
    int given, taken;
    /* By each of the others, before and after. May be NULL. */
    void (*enter)(void);
    void (*leave)(void);
    /* May be NULL. By CPU 0: right after the removal; and after the others have read: how often
     * they have done something that they can't see themselves. */
    void (*taken_now)(void);
    unsigned long (*judge)(void);
    unsigned int rounds;
};

/* Run it; a check of each thing that may go wrong. */
void shoot(const struct shot *shot);

#endif
