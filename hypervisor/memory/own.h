/* SPDX-License-Identifier: BSD-2-Clause */
/* The pieces of RAM that the hypervisor keeps for itself. Pure. */
#ifndef MEMORY_OWN_H
#define MEMORY_OWN_H

#include "memory/map.h"

#define OWN_UNIT       (UINT64_C(2) << 20) /* pieces are whole, aligned large pages */
#define OWN_PIECES_MAX 32

struct own_need {
    uint64_t low;   /* bytes below 4 GiB, in one piece: the image and the data that must be next to
                     * it */
    uint64_t total; /* bytes in all, `low` included */
    uint64_t reach; /* no piece ends above */
    bool apart;     /* every piece is one unit and touches no other: for tests */
};

/*
 * Chooses the pieces, clear of `busy`, and marks them reserved in the map. boot->own gets them,
 * ascending, and boot->image where the low part starts. Beyond the low part, RAM above 4 GiB comes
 * first: one piece if there is room, else the largest free ranges. False if that is too little:
 * then boot->own has the pieces found, and the map is unchanged.
 */
bool own_choose(struct boot_info *boot, const struct own_need *need, const struct extents *busy);

/*
 * Memory that is never the guest's, in no view: the pieces, and the page where CPUs leave real
 * mode. Ascending, in whole pages.
 */
void own_extents(const struct boot_info *boot, struct extents *ours);

/* Of the pieces, in bytes. */
uint64_t own_size(const struct boot_info *boot);

#endif
