/* SPDX-License-Identifier: BSD-2-Clause */
/* The clients' settings at the port, and the requests that the hub must send for them. */
#ifndef RUN_HUB_WISHES_H
#define RUN_HUB_WISHES_H

#include "toolstack/machine/hub/hub.h"

/* A request in the hub's form: its own, or a client's. */
struct hub_wish {
    uint16_t type;
    uint32_t owner;
    size_t size;
    union {
        struct altview_which_vcpu vcpu;
        struct altview_single_step step;
        struct altview_listen listen;
        struct altview_bind bind;
        struct altview_unbind unbind;
    } payload;
};

/*
 * A client's request. 1: hand it to the port (a LISTEN: the sum of all wishes, hub_listen_with).
 * Else it is done, or refused, with this status.
 */
int hub_before(struct hub *h, struct hub_client *c, const struct altview_frame *asked);

/* The port's reply to a request. `c`: the client that asked; NULL: the hub, or a client that has
 * gone. */
void hub_after(struct hub *h, struct hub_client *c, const struct altview_frame *asked,
               const struct altview_frame *reply);

/* The owner that a client is to the port. */
uint32_t hub_owner(const struct hub *h, const struct hub_client *c);
/* Does the frame name no owner, or the one that the client has bound? */
bool hub_knows_owner(const struct hub_client *c, const struct altview_frame *asked);
/* The payload and owner for the port, in place of the client's. False: the client's. */
bool hub_translate(const struct hub *h, const struct hub_client *c,
                   const struct altview_frame *asked, struct hub_wish *wish);

/* The masks of all clients if `asking` has `wish`. */
struct altview_listen hub_listen_with(const struct hub *h, const struct hub_client *asking,
                                      const struct altview_listen *wish);

/* Does the client get events of this type? */
bool hub_is_told(const struct hub_client *c, unsigned int type);

/* An event got no answer, or the port heard nothing from the hub while a vCPU was paused: no client
 * listens any more. */
void hub_timed_out(struct hub *h, bool paused);

/* Is a vCPU paused? That ends if the port gets nothing from the hub. */
bool hub_must_be_heard(const struct hub *h);

/* A client disconnects: the hub must take back what it has tied to itself, and undo its pauses.
 * (Steps and listening follow from the clients that are left.) */
void hub_forget(struct hub *h, struct hub_client *c);

/* One in the hub's own name. False: none is due. */
bool hub_next_wish(struct hub *h, struct hub_wish *wish);

#endif
