/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts of kicks: the NMIs that vCPUs' CPUs send each other. The counts distinguish kicks from the
 * guest's NMIs. CPUs merge NMIs that they have not taken. So the next NMI that a CPU takes stands
 * for all kicks sent to it until then. If each NMI counted as one kick, altview would take the
 * others for kicks on their way: it would send no more, and would take the guest's NMIs for kicks.
 * Pure.
 */
#ifndef CORE_KNOCKS_H
#define CORE_KNOCKS_H

#include <stdbool.h>
#include <stdint.h>

struct knocks {
    unsigned int sent;  /* any CPU adds */
    unsigned int heard; /* its own CPU writes, others read it: how many of those have come */
    bool more;          /* its own CPU's: one that is counted as heard may still come */
};

/* The caller wants to send one. False: one is on its way, which is enough. */
static inline bool knocks_expect_one(struct knocks *knocks)
{
    unsigned int heard = __atomic_load_n(&knocks->heard, __ATOMIC_SEQ_CST);

    return __atomic_compare_exchange_n(&knocks->sent, &heard, heard + 1, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

/* The caller sends one, whether or not the last has come. */
static inline void knocks_expect(struct knocks *knocks)
{
    __atomic_fetch_add(&knocks->sent, 1, __ATOMIC_SEQ_CST);
}

/* No kick is on its way any more. */
static inline void knocks_forget(struct knocks *knocks)
{
    knocks->heard = knocks->sent;
    knocks->more = false;
}

/* Returns how many have come since the last call. An NMI in root mode may come in between, and take
 * them. */
static inline unsigned int knocks_come(struct knocks *knocks)
{
    unsigned int sent, heard = __atomic_load_n(&knocks->heard, __ATOMIC_SEQ_CST);

    do {
        sent = __atomic_load_n(&knocks->sent, __ATOMIC_SEQ_CST);
    } while (!__atomic_compare_exchange_n(&knocks->heard, &heard, sent, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));
    return sent - heard;
}

/* Besides the one that was heard another may come, or it came together with that one. */
static inline void knocks_expect_more(struct knocks *knocks)
{
    knocks->more = true;
}

/*
 * An NMI has come. Is it a kick? Of several kicks, the others may have come together with the
 * first, may wait behind it, or may not have been sent yet, as their sender has only counted them.
 * So until knocks_end all NMIs are kicks. If an NMI of the guest's comes together with a kick, the
 * CPU sees one NMI.
 */
static inline bool knocks_hear(struct knocks *knocks)
{
    unsigned int come = knocks_come(knocks);
    bool more = knocks->more;

    if (come > 1) {
        knocks_expect_more(knocks);
    }
    return come || more;
}

/* All kicks that were counted have been sent, and NMIs are not blocked: so they have come. */
static inline void knocks_end(struct knocks *knocks)
{
    knocks->more = false;
}

#endif
