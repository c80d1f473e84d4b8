/* SPDX-License-Identifier: BSD-2-Clause */
/* What clients have switched on at the port, and what has to be asked of it on their behalf. */
#ifndef RUN_HUB_WISHES_H
#define RUN_HUB_WISHES_H

#include "toolstack/machine/hub/hub.h"

/*
 * A client's request. 1: hand it to the port (a LISTEN: the sum of all wishes, hub_listen_with).
 * Else it is done, or refused, with this status.
 */
int hub_before(struct hub *h, struct hub_client *c, const struct altview_frame *asked);

/* The port's reply to a request. `c`: the client that asked; NULL: the hub, or a client that has
 * gone. */
void hub_after(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
               const struct altview_frame *reply);

/* What all clients want to hear if `asking` wants `wish`. */
struct altview_listen hub_listen_with(const struct hub *h, const struct hub_client *asking,
                                      const struct altview_listen *wish);

/* Is the client told of events of this type? */
bool hub_is_told(const struct hub_client *c, unsigned int type);

/* An event got no answer, or the port did not hear us while a vCPU was paused: no client listens
 * any more. */
void hub_timed_out(struct hub *h, bool paused);

/* Is a vCPU paused? That ends if the port hears nothing of us. */
bool hub_must_be_heard(const struct hub *h);

/* A client goes: its pauses are owed back. (Steps and listening follow from the clients that are
 * left.) */
void hub_forget(struct hub *h, struct hub_client *c);

/* A request in the hub's own name that is due. */
struct hub_wish {
    uint16_t type;
    size_t size;
    union {
        struct altview_which_vcpu vcpu;
        struct altview_single_step step;
        struct altview_listen listen;
    } payload;
};
bool hub_next_wish(struct hub *h, struct hub_wish *wish);

#endif
