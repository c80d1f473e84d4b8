/* SPDX-License-Identifier: BSD-2-Clause */
/* For the test that starts the attacks: the list of them. An empty name ends it. */
#ifndef HOSTILE_NAMES_H
#define HOSTILE_NAMES_H

#include <stdint.h>

#define HOSTILE_NAME_SIZE   32
#define HOSTILE_ATTACKS_MAX 128

/* Attacks in which the test outside takes part, and this page, in place of which views show the
 * next. */
#define HOSTILE_THREE_SIDES "three-sides"
#define HOSTILE_VMFUNC      "VMFUNC-and-destroy"
#define HOSTILE_PAGE_GFN    0x2300

/* Attacks by which the guest loses CPU 0. The place of the last name holds the data for bringing it
 * back. */
#define HOSTILE_RECURSION   "recursive-"
#define HOSTILE_RESCUE_SLOT (HOSTILE_ATTACKS_MAX - 1)
struct hostile_rescue {
    uint64_t word, value; /* write the value to this address of the guest's; 0: not needed */
    uint64_t turns;       /* the address of a word that CPU 1 increments while it makes progress, or
                           * 0 */
};

#endif
