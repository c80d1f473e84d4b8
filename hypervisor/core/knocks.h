/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NMIs that vCPUs' CPUs send each other, told from the guest's by counting. CPUs merge NMIs that
 * they have not taken: however many were sent to one that has not heard, all have come with the
 * next. Were they counted off one by one, the rest would pass for some that are on their way: no
 * more would be sent, and the guest's would be taken for ours. Pure.
 */
#ifndef CORE_KNOCKS_H
#define CORE_KNOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct knocks {
    unsigned int sent;  /* any CPU adds */
    unsigned int heard; /* its own, others read it: of those, what has come */
    uint64_t late;      /* its own: until then, on the TSC, one more of them may come */
};

/* One is to be sent. False: one is on its way, which does as well. */
static inline bool knocks_expect_one(struct knocks *knocks)
{
    unsigned int heard = __atomic_load_n(&knocks->heard, __ATOMIC_SEQ_CST);

    return __atomic_compare_exchange_n(&knocks->sent, &heard, heard + 1, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* One is sent, whether the last has come or not. */
static inline void knocks_expect(struct knocks *knocks)
{
    __atomic_fetch_add(&knocks->sent, 1, __ATOMIC_SEQ_CST);
}

/* Nothing is on its way any more. */
static inline void knocks_forget(struct knocks *knocks)
{
    knocks->heard = knocks->sent;
    knocks->late = 0;
}

/* How many have come by now. An NMI of root mode's may come in between, and have them. */
static inline unsigned int knocks_come(struct knocks *knocks)
{
    unsigned int sent, heard = __atomic_load_n(&knocks->heard, __ATOMIC_SEQ_CST);

    do {
        sent = __atomic_load_n(&knocks->sent, __ATOMIC_SEQ_CST);
    } while (!__atomic_compare_exchange_n(&knocks->heard, &heard, sent, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return sent - heard;
}

/*
 * An NMI has come. Is it ours? Of several, the last may just have been sent when the first was
 * taken: it comes within `travel` ticks. One of the guest's that comes together with ours is one
 * NMI to the CPU.
 */
static inline bool knocks_hear(struct knocks *knocks, uint64_t now, uint64_t travel)
{
    unsigned int come = knocks_come(knocks);
    bool late = now < knocks->late;

    knocks->late = come > 1 ? now + travel : 0;
    return come || late;
}

#endif
