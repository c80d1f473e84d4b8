/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/hub.h"

#include "toolstack/machine/hub/hub_client.h"
#include "toolstack/machine/hub/hub_snapshot.h"
#include "toolstack/machine/hub/hub_wishes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS                                                                                   \
    1000                    /* after this silence of the port the request, or its reply, counts as
                             * lost */
#define UNFINISHED_MS 10000 /* after this pause a frame counts as broken; machines may be busy */
#define PING_MS       500   /* at most; four times within the port's patience */

struct hub_asking {
    uint16_t type;
    uint32_t owner;
    const void *payload;
    size_t size;
};

/* Send a request to the port. */
static void ask(struct hub *h, struct hub_client *client, uint32_t client_sequence,
                const struct hub_asking *asking)
{
    struct hub_request *r = &h->request;
    struct altview_frame *frame = (struct altview_frame *)r->frame;

    *frame = (struct altview_frame){.kind = ALTVIEW_FRAME_REQUEST,
                                    .type = asking->type,
                                    .length = (uint32_t)asking->size,
                                    .owner = asking->owner,
                                    .sequence = ++h->sequence};
    if (asking->size) {
        memcpy(frame + 1, asking->payload, asking->size);
    }
    r->under_way = true;
    r->client = client;
    r->client_sequence = client_sequence;
    r->size = h->moved ? frame_seal_unchecked(frame) : frame_seal(frame);
    r->sent = 0;
    r->since = h->now;
    if (client) {
        client->waits = true;
    }
}

/* The hub's own request: clients' wishes have changed, or a client has disconnected. */
static bool ask_for_itself(struct hub *h)
{
    struct hub_wish wish;

    if (!hub_next_wish(h, &wish)) {
        return false;
    }
    ask(h, NULL, 0,
        &(struct hub_asking){
            .type = wish.type, .owner = wish.owner, .payload = &wish.payload, .size = wish.size});
    return true;
}

/* The machine's memory: the hub answers itself, if it has it. */
static bool give_memory(const struct hub *h, struct hub_client *c,
                        const struct altview_frame *frame)
{
    const struct altview_memory_wish *wish = frame_payload(frame);
    int status = 0;

    if (frame->type != ALTVIEW_MEMORY || !h->memory.count) {
        return false;
    }
    if (frame->length != sizeof(*wish) || wish->pad || wish->flags & ~ALTVIEW_MEMORY_WRITE) {
        status = -EINVAL;
    } else {
        c->gift = wish->flags & ALTVIEW_MEMORY_WRITE ? HUB_GIFT_WRITE : HUB_GIFT_READ;
    }
    hub_reply(c, frame->type, frame->sequence, status, &h->memory, status ? 0 : sizeof(h->memory));
    return true;
}

/* The console: the hub answers itself, too. */
static bool give_console(const struct hub *h, struct hub_client *c,
                         const struct altview_frame *frame)
{
    const struct altview_console console = {.flags = h->has_input ? ALTVIEW_CONSOLE_INPUT : 0};
    bool good = !frame->owner && !frame->length;

    if (frame->type != ALTVIEW_CONSOLE) {
        return false;
    }
    c->console = good;
    hub_reply(c, frame->type, frame->sequence, good ? 0 : -EINVAL, &console,
              good ? sizeof(console) : 0);
    return true;
}

/* Send a client's request to the port, in the hub's form. */
static void hand_on(struct hub *h, struct hub_client *c, const struct altview_frame *frame)
{
    struct hub_wish wish;
    struct hub_asking asking = {.type = frame->type,
                                .owner = frame->owner ? hub_owner(h, c) : 0,
                                .payload = frame_payload(frame),
                                .size = frame->length};

    if (hub_translate(h, c, frame, &wish)) {
        asking.owner = wish.owner;
        asking.payload = &wish.payload;
    }
    ask(h, c, frame->sequence, &asking);
}

/* A vCPU that is paused is not in the guest: QEMU restores no CPU that is. */
static void ask_for_snapshot(struct hub *h)
{
    static const struct altview_which_vcpu all = {.vcpu = ALTVIEW_ALL_VCPUS};

    ask(h, NULL, 0,
        &(struct hub_asking){.type = ALTVIEW_PAUSE, .payload = &all, .size = sizeof(all)});
}

/* Serve one request of a client, if it has one: answer it here, or send it to the port. */
static bool serve_client(struct hub *h, struct hub_client *c)
{
    const struct altview_frame *frame;
    int status;

    if (c->waits || c->broken || c->console || c->queued > HUB_EVENTS) {
        return false;
    }
    frame = frame_next(&c->reader);
    if (!frame) {
        return false;
    }
    if (frame->kind != ALTVIEW_FRAME_REQUEST) {
        return true;
    }
    if (hub_asked_before(c, frame)) {
        hub_queue(c, c->reply, c->reply_size);
        return true;
    }
    status = frame->status || !hub_knows_owner(c, frame) ? -EINVAL : hub_before(h, c, frame);
    if (status > 0 && (give_memory(h, c, frame) || give_console(h, c, frame))) {
        return true;
    }
    if (status > 0 && frame->type == ALTVIEW_SNAPSHOT) {
        if (hub_snapshot_begin(h, c, frame)) {
            ask_for_snapshot(h);
        }
        return true;
    }
    if (status <= 0) {
        hub_reply(c, frame->type, frame->sequence, status, NULL, 0);
    } else {
        hand_on(h, c, frame);
    }
    return true;
}

/* Clients take turns. */
static bool serve_clients(struct hub *h)
{
    for (unsigned int i = 0; i < HUB_CLIENTS; i++) {
        struct hub_client *c = h->clients[(h->turn + i) % HUB_CLIENTS];

        if (c && serve_client(h, c)) {
            h->turn = (h->turn + i + 1) % HUB_CLIENTS;
            return true;
        }
    }
    return false;
}

static void go_on(struct hub *h)
{
    while (h->ready && !h->over && !h->request.under_way && !hub_snapshot_holds(h) &&
           (ask_for_itself(h) || serve_clients(h))) {
    }
}

/* Hand the port's reply to its client. Drop a reply for which no client waits, or that came
 * twice. */
static void take_reply(struct hub *h, const struct altview_frame *frame)
{
    struct hub_request *r = &h->request;
    const struct altview_frame *asked = (const struct altview_frame *)r->frame;
    struct hub_client *c = r->client;

    if (!r->under_way || frame->sequence != asked->sequence || frame->type != asked->type) {
        return;
    }
    r->under_way = false;
    hub_after(h, c, asked, frame);
    if (h->snapshot.stage == HUB_SNAPSHOT_PAUSES) {
        hub_snapshot_paused(h, frame->status);
    }
    if (c) {
        c->waits = false;
        hub_reply(c, frame->type, r->client_sequence, frame->status, frame_payload(frame),
                  frame->length);
    }
}

/* Give one client an event: cut to what it asked for, counted for it. */
static void give_event(struct hub_client *c, const struct altview_frame *frame)
{
    struct {
        struct altview_frame frame;
        struct altview_event event;
    } copy = {.frame = *frame};
    bool waits = false;

    memcpy(&copy.event, frame + 1, frame->length);
    if (c->listen.flags & ALTVIEW_LISTEN_BRIEF) {
        copy.frame.length = ALTVIEW_EVENT_BRIEF_SIZE;
    }
    copy.frame.sequence = c->event_count++;
    copy.event.lost += c->lost;
    waits = copy.event.flags & ALTVIEW_EVENT_SYNC && c->listen.sync >> copy.event.type & 1;
    if (!waits) { /* the vCPU waits for another client's answer, not for this one's */
        copy.event.flags &= (uint16_t)~ALTVIEW_EVENT_SYNC;
    }
    if (c->queued + sizeof(copy) <= (waits ? HUB_EVENTS : HUB_EVENTS / 2)) {
        hub_queue(c, &copy, frame_seal(&copy.frame));
    } else {
        c->lost++;
        c->broken |= waits; /* a vCPU would wait in vain */
    }
}

static void take_event(struct hub *h, const struct altview_frame *frame)
{
    const struct altview_event *event = frame_payload(frame);

    if (frame->length < ALTVIEW_EVENT_BRIEF_SIZE || frame->length > sizeof(*event) ||
        event->type >= ALTVIEW_EVENTS) {
        return;
    }
    for (int i = 0; i < HUB_CLIENTS; i++) {
        if (h->clients[i] && hub_is_told(h->clients[i], event->type)) {
            give_event(h->clients[i], frame);
        }
    }
    if (event->type == ALTVIEW_EVENT_SHUTDOWN) {
        h->over = true; /* the port reads no more; if we sent to it, its close would cut the log */
    }
    if (event->type == ALTVIEW_EVENT_TIMEOUT) {
        hub_timed_out(h, event->status == ALTVIEW_EVENT_PAUSE);
    }
}

static void take_frames(struct hub *h, struct frame_reader *from)
{
    const struct altview_frame *frame;

    while ((frame = frame_next(from))) {
        if (frame->kind == ALTVIEW_FRAME_REPLY) {
            take_reply(h, frame);
        } else if (frame->kind == ALTVIEW_FRAME_EVENT) {
            take_event(h, frame);
        }
    }
}

void hub_init(struct hub *h, void (*text)(void *context, const uint8_t *bytes, size_t size),
              void *context)
{
    memset(h, 0, sizeof(*h));
    frame_reader_init(&h->port);
    frame_reader_init(&h->from_ring);
    h->from_ring.unchecked = true;
    h->no_snapshot = ALTVIEW_SNAPSHOT_MACHINE; /* unless the run knows better */
    h->port.text = text;
    h->port.context = context;
}

void hub_free(struct hub *h)
{
    for (int i = 0; i < HUB_CLIENTS; i++) {
        free(h->clients[i]);
        h->clients[i] = NULL;
    }
}

void hub_ready(struct hub *h)
{
    h->ready = true;
    go_on(h);
}

int hub_connect(struct hub *h, bool may_map)
{
    int i = 0;

    while (i < HUB_CLIENTS && h->clients[i]) {
        i++;
    }
    if (i == HUB_CLIENTS) {
        return -EMFILE;
    }
    h->clients[i] = calloc(1, sizeof(*h->clients[i]));
    if (!h->clients[i]) {
        return -ENOMEM;
    }
    frame_reader_init(&h->clients[i]->reader);
    h->clients[i]->may_map = may_map;
    go_on(h);
    return i;
}

void hub_disconnect(struct hub *h, int client)
{
    struct hub_client *c = h->clients[client];

    if (h->request.client == c) {
        h->request.client = NULL;
    }
    hub_snapshot_forget(h, c);
    hub_forget(h, c);
    h->clients[client] = NULL;
    free(c);
    go_on(h);
}

size_t hub_room(const struct hub *h, int client)
{
    return FRAME_MAX - h->clients[client]->reader.used;
}

void hub_from_client(struct hub *h, int client, const void *bytes, size_t size)
{
    frame_feed(&h->clients[client]->reader, bytes, size);
    go_on(h);
}

const void *hub_to_client(const struct hub *h, int client, size_t *size)
{
    *size = h->clients[client]->queued;
    return *size ? h->clients[client]->queue : NULL;
}

void hub_sent_to_client(struct hub *h, int client, size_t size)
{
    struct hub_client *c = h->clients[client];

    c->gift = size ? HUB_GIFT_NONE : c->gift;
    c->queued -= size;
    memmove(c->queue, c->queue + size, c->queued);
    go_on(h);
}

enum hub_gift hub_gift(const struct hub *h, int client)
{
    return h->clients[client]->gift;
}

bool hub_is_broken(const struct hub *h, int client)
{
    return h->clients[client]->broken;
}

bool hub_is_console(const struct hub *h, int client)
{
    return h->clients[client]->console && !h->clients[client]->queued;
}

static void hear(struct hub *h, struct frame_reader *from, const void *bytes, size_t size)
{
    h->heard = h->now;
    while (size) {
        size_t taken = frame_feed(from, bytes, size);

        bytes = (const uint8_t *)bytes + taken;
        size -= taken;
        take_frames(h, from);
    }
    go_on(h);
}

void hub_from_port(struct hub *h, const void *bytes, size_t size)
{
    hear(h, &h->port, bytes, size);
}

void hub_from_ring(struct hub *h, const void *bytes, size_t size)
{
    hear(h, &h->from_ring, bytes, size);
}

bool hub_may_move(const struct hub *h)
{
    return h->ring.size && !h->moved && !(h->request.under_way && h->request.sent);
}

void hub_move(struct hub *h)
{
    h->moved = true;
    if (h->request.under_way) {
        frame_seal_unchecked((struct altview_frame *)h->request.frame);
    }
}

void hub_goes_on(struct hub *h)
{
    h->snapshot.stage = HUB_SNAPSHOT_NONE;
    go_on(h);
}

const void *hub_to_port(const struct hub *h, size_t *size)
{
    const struct hub_request *r = &h->request;

    *size = r->under_way && !h->over ? r->size - r->sent : 0;
    return *size ? r->frame + r->sent : NULL;
}

void hub_sent_to_port(struct hub *h, size_t size)
{
    h->request.sent += size;
    h->request.since = h->now;
}

/* The apparent beginning of a frame does not continue. */
static void give_up(struct hub *h, struct frame_reader *from)
{
    if (frame_is_under_way(from)) {
        frame_give_up(from);
        take_frames(h, from);
    }
}

void hub_port_closed(struct hub *h)
{
    while (frame_is_under_way(&h->port)) {
        give_up(h, &h->port);
    }
}

static uint64_t ping_after(const struct hub *h)
{
    uint32_t patience = h->listening.timeout_ms;

    return patience && patience / 4 < PING_MS ? patience / 4 : PING_MS;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void hub_set_time(struct hub *h, uint64_t now)
{
    h->now = now;
}

void hub_tick(struct hub *h)
{
    struct hub_request *r = &h->request;
    uint64_t now = h->now;

    if (now - h->heard >= (h->moved ? RETRY_MS : UNFINISHED_MS)) {
        give_up(h, &h->port);
        give_up(h, &h->from_ring);
    }
    if (r->under_way && r->sent == r->size && now - later(r->since, h->heard) >= RETRY_MS) {
        r->sent = 0;
        r->since = now;
    }
    if (h->ready && !h->over && !r->under_way && !hub_snapshot_holds(h) && hub_must_be_heard(h) &&
        now - r->since >= ping_after(h)) {
        ask(h, NULL, 0, &(struct hub_asking){.type = ALTVIEW_PING});
    }
    go_on(h);
}
