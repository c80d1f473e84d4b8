/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run's part of a snapshot. Of a client's SNAPSHOT: QEMU stops, writes its state behind a head,
 * and goes on when the client has gone. Of a run from such a file: QEMU waits, loads its state, and
 * goes on.
 */
#ifndef RUN_SAVE_H
#define RUN_SAVE_H

#include "toolstack/machine/hub/hub.h"
#include "toolstack/machine/hub/qmp.h"
#include "toolstack/machine/snapshot.h"

struct save {
    int file;                  /* for the client; -1: none */
    struct snapshot_head head; /* what the run knows of its machine */
};

/* Call it when QEMU may have said something: do what is due for a client. */
void save_go_on(struct save *save, struct hub *h, struct qmp *q);

/* Before the hub is ready: it and QEMU take up what the snapshot has. */
void save_restore(const struct snapshot *from, struct hub *h, struct qmp *q);
/* QEMU has it. It ends if it can't load it. */
bool save_is_restored(const struct qmp *q);

#endif
