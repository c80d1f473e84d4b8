/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/hub_client.h"

#include <string.h>

void hub_queue(struct hub_client *c, const void *bytes, size_t size)
{
    memcpy(c->queue + c->queued, bytes, size);
    c->queued += size;
}

void hub_reply(struct hub_client *c, uint16_t type, uint32_t sequence, int32_t status,
               const void *payload, size_t size)
{
    struct altview_frame *frame = (struct altview_frame *)c->reply;

    *frame = (struct altview_frame){.kind = ALTVIEW_FRAME_REPLY,
                                    .type = type,
                                    .length = (uint32_t)size,
                                    .sequence = sequence,
                                    .status = status};
    if (size) {
        memcpy(frame + 1, payload, size);
    }
    c->reply_size = frame_seal(frame);
    hub_queue(c, c->reply, c->reply_size);
}

bool hub_asked_before(const struct hub_client *c, const struct altview_frame *frame)
{
    const struct altview_frame *last = (const struct altview_frame *)c->reply;

    return c->reply_size && last->sequence == frame->sequence && last->type == frame->type;
}
