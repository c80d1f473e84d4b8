/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A snapshot's file: a page with its head, QEMU's state of all that is not RAM, and from the next
 * page on the machine's RAM, whose empty pages are holes. A run makes the head and the state
 * (hub/save.c), `altview snapshot` adds the RAM, `altview restore` starts a run from the file.
 *
 * It is for the altview, the QEMU and the kind of computer that made it.
 */
#ifndef MACHINE_SNAPSHOT_H
#define MACHINE_SNAPSHOT_H

#include "toolstack/machine/hub/hub.h"
#include "toolstack/machine/hub/qmp.h"

#include <stdbool.h>
#include <stdint.h>

#define SNAPSHOT_MAGIC   "altvsnap"
#define SNAPSHOT_FORMAT  1U
#define SNAPSHOT_STATE   4096 /* where QEMU's state begins */
#define SNAPSHOT_CPU     1024
#define SNAPSHOT_GUEST   1024
#define SNAPSHOT_ALTVIEW 64

/* Little-endian, as all that runs altview. Texts end with 0. */
struct snapshot_head {
    char magic[8];
    uint32_t format;
    uint32_t checksum; /* CRC-32 of the head, with 0 here */
    uint64_t state_size, memory_at, memory_size;
    uint32_t state_checksum;
    uint32_t cpus;
    uint8_t icount, linux_guest; /* struct machine */
    uint8_t rung;                /* altview polls its port when an NMI comes */
    uint8_t pad[5];
    char altview[SNAPSHOT_ALTVIEW], qemu[QMP_VERSION]; /* the versions */
    char cpu[SNAPSHOT_CPU];                            /* --cpu; "": the default */
    char guest[SNAPSHOT_GUEST];                        /* for `altview list` */
    struct hub_kept hub;
};
_Static_assert(sizeof(struct snapshot_head) <= SNAPSHOT_STATE, "it has one page");

struct snapshot {
    int file;
    struct snapshot_head head;
};

/* Complete a head for that much state and RAM. */
void snapshot_seal(struct snapshot_head *head, uint64_t state_size, uint32_t state_checksum,
                   uint64_t memory_size);

/* Why it is no whole snapshot of this altview's, in a file of that size; NULL: it is one. Pure. */
#define SNAPSHOT_WHY 256
const char *snapshot_fault(const struct snapshot_head *head, uint64_t file_size,
                           char why[SNAPSHOT_WHY]);

/*
 * Write the file from what a run gives: `state`, with the head, and `memory`. `to` is a new, empty
 * file. 0 or a negative errno value; -EPROTO: the run gives no such thing.
 */
int snapshot_write(int state, int memory, int to, struct snapshot_head *head);

/* Open and check a file. 0, or an exit status after a message. */
int snapshot_open(const char *path, struct snapshot *snapshot);

/* Fill the machine's RAM, an empty file of the right size. The snapshot's descriptor then stands at
 * the state. 0 or a negative errno value. */
int snapshot_fill(const struct snapshot *snapshot, int memory);

#endif
