/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client's SNAPSHOT, step by step: enum hub_stage. The hub pauses all vCPUs, because QEMU 7.2
 * loads no CPU that is in a guest of its own. It owes the port the end of that pause, in this run
 * and in each that goes on from the snapshot.
 *
 * serve.c does what the stages ask for: save.h.
 */
#ifndef RUN_HUB_SNAPSHOT_H
#define RUN_HUB_SNAPSHOT_H

#include "toolstack/machine/hub/hub.h"

/*
 * The client asks. True: send the port the PAUSE. Else the client has its reply, which says why
 * not.
 */
bool hub_snapshot_begin(struct hub *h, struct hub_client *c, const struct altview_frame *frame);
/* The PAUSE's reply has come. */
void hub_snapshot_paused(struct hub *h, int status);
/* Must the hub send nothing to the port, as the machine stands still? */
bool hub_snapshot_holds(const struct hub *h);
/* A client disconnects: if the snapshot is its own, the machine goes on. */
void hub_snapshot_forget(struct hub *h, const struct hub_client *c);

#endif
