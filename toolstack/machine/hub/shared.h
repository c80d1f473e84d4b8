/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's rings (<altview/ring.h>), mapped from the machine's memory. */
#ifndef HUB_SHARED_H
#define HUB_SHARED_H

#include "control/ring.h"

#include <altview/control.h>
#include <stdbool.h>
#include <stdint.h>

struct shared {
    void *map; /* NULL: there are none, or not yet */
    size_t size;
    struct ring_reader in;
    struct ring_writer out;
};

/*
 * The layout of physical memory in the file. QEMU's q35 keeps all RAM in one piece if there is less
 * than 2.75 GiB, else 2 GiB of it; the rest lies from 4 GiB on (hw/i386/pc_q35.c, pc_q35_init).
 * Without pieces: there is no such file.
 */
struct altview_layout shared_layout(int memory);

/*
 * Map the rings, by RING's reply, from `memory`, the file of the machine's RAM. False: they are not
 * there, or this run's hypervisor has not made them.
 */
bool shared_open(struct shared *s, int memory, const struct altview_ring_place *place,
                 uint64_t instance);
/* The machine has ended. Change the counter, so that a client that still reads its memory sends
 * LOCATE, and gets no answer. */
void shared_end(struct shared *s);
void shared_close(struct shared *s);

#endif
