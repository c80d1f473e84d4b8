/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's rings (<altview/ring.h>), mapped from the machine's memory. */
#ifndef HUB_SHARED_H
#define HUB_SHARED_H

#include "control/ring.h"

#include <stdbool.h>
#include <stdint.h>

struct shared {
    void *map; /* NULL: there are none, or not yet */
    size_t size;
    struct ring_reader in;
    struct ring_writer out;
};

/*
 * Map what RING says lies in `memory`, the file that is the machine's RAM. False: it does not lie
 * there, or is not what this run's hypervisor has made.
 */
bool shared_open(struct shared *s, int memory, const struct altview_ring_place *place,
                 uint64_t instance);
void shared_close(struct shared *s);

#endif
