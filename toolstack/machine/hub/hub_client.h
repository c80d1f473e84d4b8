/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes to a client. Frames wait in its queue until serve.c has sent them: whole frames, oldest
 * first. The last reply stays after it has been sent: a client that has lost it asks again, under
 * the same number, and nothing is done twice.
 */
#ifndef RUN_HUB_CLIENT_H
#define RUN_HUB_CLIENT_H

#include "toolstack/machine/hub/hub.h"

/* The caller has ensured the room. */
void hub_queue(struct hub_client *c, const void *bytes, size_t size);

/*
 * Reply to a request of the client's, and keep the reply for a repeated request: the hub serves no
 * client that has no room for a reply.
 */
void hub_reply(struct hub_client *c, uint16_t type, uint32_t sequence, int32_t status,
               const void *payload, size_t size);

/* Is it the request that has the last reply? */
bool hub_asked_before(const struct hub_client *c, const struct altview_frame *frame);

#endif
