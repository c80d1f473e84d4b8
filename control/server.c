/* SPDX-License-Identifier: BSD-2-Clause */
/* When the server serves which request, and when it sends which frame. */
#include "control/server.h"

#define UNFINISHED_MS 500 /* after this time without a byte the server gives a frame up */

void control_init(struct control *c, const struct control_host *host, struct altp2m_domain *domain)
{
    __builtin_memset(c, 0, sizeof(*c));
    c->host = *host;
    c->domain = domain;
    c->vcpu_count = domain->config.vcpu_count;
    c->listen.timeout_ms = DEFAULT_TIMEOUT_MS;
    frame_reader_init(&c->reader);
}

void control_end(struct control *c)
{
    for (unsigned int owner = 1; owner <= ALTVIEW_OWNERS; owner++) {
        undo_forget(c, owner);
    }
}

static bool reply_waits(const struct control *c)
{
    return c->reply_sent < c->reply_size;
}

void control_moved(struct control *c)
{
    c->reader.used = c->reader.offered = 0;
    c->reader.unchecked = true;
}

/* The peer sends its request again: the reply must have been lost. */
static bool is_repeated(const struct control *c, const struct altview_frame *request)
{
    return c->has_last && request->sequence == c->last_sequence && request->type == c->last_type;
}

static void answer(struct control *c, const struct altview_frame *request)
{
    struct altview_frame *reply = (void *)c->reply;
    struct exchange x = {
        .payload = frame_payload(request), .size = request->length, .reply = reply + 1};
    int status;

    if (c->host.still) {
        c->host.still(c->host.context);
    }
    status = request->status ? -XEN_EINVAL : tie_serve(c, request->owner, request->type, &x);

    *reply = (struct altview_frame){.kind = ALTVIEW_FRAME_REPLY,
                                    .type = request->type,
                                    .length = (uint32_t)x.reply_size,
                                    .sequence = request->sequence,
                                    .status = status};
    c->reply_size = frame_complete(c, reply);
    c->last_sequence = request->sequence;
    c->last_type = request->type;
    c->has_last = true;
}

static void take(struct control *c, const struct altview_frame *frame)
{
    if (frame->kind != ALTVIEW_FRAME_REQUEST) {
        c->counters.bad_frames++;
        return;
    }
    c->last_frame = time_now(c);
    c->counters.requests++;
    if (!is_repeated(c, frame)) {
        answer(c, frame);
    }
    c->reply_sent = 0;
}

/* Serve the requests that the reader has, while there is room for a reply. */
static void serve(struct control *c)
{
    const struct altview_frame *frame;

    while (!reply_waits(c) && (frame = frame_next(&c->reader))) {
        take(c, frame);
    }
}

size_t control_receive(struct control *c, const void *bytes, size_t size)
{
    size_t taken = 0;

    if (size) {
        c->last_byte = time_now(c);
    }
    do {
        taken += frame_feed(&c->reader, (const uint8_t *)bytes + taken, size - taken);
        serve(c);
    } while (taken < size && !reply_waits(c));
    return taken;
}

/* A reply goes before events, but not into the middle of one. */
static bool reply_is_next(const struct control *c)
{
    return reply_waits(c) && !c->events_sent;
}

const void *control_output(const struct control *c, size_t *size)
{
    bool reply = reply_is_next(c);
    size_t sent = reply ? c->reply_sent : c->events_sent;

    *size = (reply ? c->reply_size : events_front(c)) - sent;
    return *size ? (reply ? c->reply : c->events) + sent : NULL;
}

void control_sent(struct control *c, size_t size)
{
    if (!reply_is_next(c)) {
        events_sent(c, size);
        return;
    }
    c->reply_sent += size;
    if (!reply_waits(c)) {
        c->last_byte = time_now(c); /* the server may now read the bytes after the request */
        serve(c);
    }
}

/* No byte has come for UNFINISHED_MS: the peer will not finish a frame that is in the buffer. */
static void give_up(struct control *c, uint64_t now)
{
    if (now - c->last_byte < time_ticks(c, UNFINISHED_MS)) {
        return;
    }
    while (!reply_waits(c) && frame_is_under_way(&c->reader)) {
        frame_give_up(&c->reader);
        serve(c);
    }
}

void control_tick(struct control *c)
{
    uint64_t now = time_now(c);

    give_up(c, now); /* which may find a good frame in the other bytes */
    listen_tick(c, now);
}
