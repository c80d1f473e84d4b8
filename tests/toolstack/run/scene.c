/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void take_text(void *context, const uint8_t *bytes, size_t size)
{
    struct scene *s = context;

    assert_true(s->text_size + size < sizeof(s->text));
    memcpy(s->text + s->text_size, bytes, size);
    s->text_size += size;
}

static int count_pause(struct scene_port *p, uint32_t vcpu, int by)
{
    uint32_t first = vcpu == ALTVIEW_ALL_VCPUS ? 0 : vcpu;
    uint32_t last = vcpu == ALTVIEW_ALL_VCPUS ? SCENE_VCPUS : vcpu + 1;

    if (first >= SCENE_VCPUS) {
        return -EINVAL;
    }
    for (uint32_t i = first; i < last; i++) {
        if (p->pauses[i] == (by < 0 ? 0 : UINT8_MAX)) {
            return by < 0 ? -EINVAL : -EBUSY;
        }
    }
    for (uint32_t i = first; i < last; i++) {
        p->pauses[i] = (uint8_t)(p->pauses[i] + by);
    }
    return 0;
}

static int serve_pause(struct scene_port *p, const void *payload)
{
    return count_pause(p, ((const struct altview_which_vcpu *)payload)->vcpu, 1);
}

static int serve_unpause(struct scene_port *p, const void *payload)
{
    return count_pause(p, ((const struct altview_which_vcpu *)payload)->vcpu, -1);
}

static int serve_step(struct scene_port *p, const void *payload)
{
    const struct altview_single_step *step = payload;

    if (step->vcpu >= SCENE_VCPUS || step->enable > 1) {
        return -EINVAL;
    }
    p->steps[step->vcpu] = step->enable;
    return 0;
}

static int serve_listen(struct scene_port *p, const void *payload)
{
    const struct altview_listen *listen = payload;

    if ((listen->sync | listen->report) & ~ALTVIEW_ALL_EVENTS ||
        listen->flags & ~(ALTVIEW_LISTEN_BRIEF | ALTVIEW_LISTEN_RULE |
                          (p->knows_no_gone ? 0 : ALTVIEW_LISTEN_GONE))) {
        return -EINVAL;
    }
    p->gone += !!(listen->flags & ALTVIEW_LISTEN_GONE);
    p->listen = *listen;
    p->silenced += !(listen->sync | listen->report);
    return 0;
}

static int serve_unbind(struct scene_port *p, const void *payload)
{
    memcpy(&p->unbind, payload, sizeof(p->unbind));
    p->unbind_owner = p->last.owner;
    p->paused_then = p->pauses[0];
    return p->restarts && p->restarts-- ? -ERESTART : 0;
}

static int serve_bind(struct scene_port *p, const void *payload)
{
    (void)p;
    (void)payload;
    return 0;
}

static const struct {
    size_t size;
    int (*serve)(struct scene_port *p, const void *payload);
} servers[ALTVIEW_REQUESTS] = {
    [ALTVIEW_PAUSE] = {sizeof(struct altview_which_vcpu), serve_pause},
    [ALTVIEW_UNPAUSE] = {sizeof(struct altview_which_vcpu), serve_unpause},
    [ALTVIEW_SINGLE_STEP] = {sizeof(struct altview_single_step), serve_step},
    [ALTVIEW_LISTEN] = {sizeof(struct altview_listen), serve_listen},
    [ALTVIEW_BIND] = {sizeof(struct altview_bind), serve_bind},
    [ALTVIEW_UNBIND] = {sizeof(struct altview_unbind), serve_unbind},
};

/* For a request that the hub does not interpret, the reply repeats the payload. */
static void serve(struct scene_port *p, const struct altview_frame *request)
{
    struct altview_frame *reply = (struct altview_frame *)p->reply;
    uint16_t type = request->type < ALTVIEW_REQUESTS ? request->type : ALTVIEW_REQUESTS;

    p->count[type]++;
    *reply = (struct altview_frame){
        .kind = ALTVIEW_FRAME_REPLY, .type = request->type, .sequence = request->sequence};
    if (type == ALTVIEW_HELLO) {
        *(struct altview_hello *)(reply + 1) = (struct altview_hello){.vcpu_count = SCENE_VCPUS};
        reply->length = sizeof(struct altview_hello);
    } else if (type == ALTVIEW_REQUESTS) {
        reply->status = -ENOSYS;
    } else if (servers[type].serve) {
        reply->status = request->length == servers[type].size
                            ? servers[type].serve(p, frame_payload(request))
                            : -EINVAL;
    } else {
        memcpy(reply + 1, frame_payload(request), request->length);
        reply->length = request->length;
    }
    p->reply_size = frame_seal(reply);
}

static bool take_requests(struct scene *s)
{
    struct scene_port *p = &s->port;
    const struct altview_frame *request;
    bool any = false;

    while ((request = frame_next(&p->reader))) {
        any = true;
        assert_int_equal(request->kind, ALTVIEW_FRAME_REQUEST);
        if (p->last_sequence == request->sequence) {
            p->repeated++;
        } else {
            serve(p, request);
        }
        p->last_sequence = request->sequence;
        p->last = *request;
        if (!p->mute && !p->lose_reply) {
            hub_from_port(&s->hub, p->reply, p->reply_size);
        }
        p->lose_reply = false;
    }
    return any;
}

void scene_settle(struct scene *s)
{
    const void *bytes;
    size_t size;

    do {
        while ((bytes = hub_to_port(&s->hub, &size))) {
            size_t taken = frame_feed(&s->port.reader, bytes, size);

            assert_true(taken > 0);
            hub_sent_to_port(&s->hub, taken);
        }
    } while (take_requests(s));
}

void scene_later(struct scene *s, unsigned int milliseconds)
{
    s->now += milliseconds;
    hub_set_time(&s->hub, s->now);
}

void scene_wait(struct scene *s, unsigned int milliseconds)
{
    for (uint64_t end = s->now + milliseconds; s->now < end;) {
        scene_later(s, HUB_TICK);
        hub_tick(&s->hub);
        scene_settle(s);
    }
}

void scene_free(struct scene *s)
{
    hub_free(&s->hub);
}

int scene_client(struct scene *s)
{
    int client = hub_connect(&s->hub, true);

    assert_true(client >= 0);
    scene_settle(s);
    return client;
}

uint32_t scene_owner;

void scene_ask(struct scene *s, int client, uint16_t type, uint32_t sequence, const void *payload,
               size_t size)
{
    struct {
        struct altview_frame frame;
        uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
    } request = {.frame = {.kind = ALTVIEW_FRAME_REQUEST,
                           .type = type,
                           .length = (uint32_t)size,
                           .owner = scene_owner,
                           .sequence = sequence}};

    if (size) {
        memcpy(request.payload, payload, size);
    }
    hub_from_client(&s->hub, client, &request, frame_seal(&request.frame));
    scene_settle(s);
}

const struct altview_frame *scene_read(struct scene *s, int client)
{
    static struct frame_reader reader;
    const struct altview_frame *frame;
    size_t size;
    const void *bytes = hub_to_client(&s->hub, client, &size);

    if (!bytes) {
        return NULL;
    }
    frame_reader_init(&reader);
    frame_feed(&reader, bytes, size);
    frame = frame_next(&reader);
    assert_non_null(frame); /* only whole frames, and nothing between them */
    assert_int_equal(reader.stray, 0);
    hub_sent_to_client(&s->hub, client, sizeof(*frame) + frame->length);
    scene_settle(s);
    return frame;
}

int scene_status(struct scene *s, int client, uint16_t type, const void *payload, size_t size)
{
    static uint32_t sequence = 5000;
    const struct altview_frame *frame;

    scene_ask(s, client, type, ++sequence, payload, size);
    do {
        frame = scene_read(s, client);
        assert_non_null(frame);
    } while (frame->kind != ALTVIEW_FRAME_REPLY);
    assert_int_equal(frame->sequence, sequence);
    assert_int_equal(frame->type, type);
    return frame->status;
}

void scene_event(struct scene *s, const struct altview_event *event)
{
    struct {
        struct altview_frame frame;
        struct altview_event event;
    } bytes = {{.kind = ALTVIEW_FRAME_EVENT, .type = event->type, .length = sizeof(*event)},
               *event};

    if (s->port.listen.flags & ALTVIEW_LISTEN_BRIEF) {
        bytes.frame.length = ALTVIEW_EVENT_BRIEF_SIZE;
    }
    hub_from_port(&s->hub, &bytes, frame_seal(&bytes.frame));
    scene_settle(s);
}

void scene_init(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    frame_reader_init(&s->port.reader);
    hub_init(&s->hub, take_text, s);
    scene_later(s, 1000);
    hub_ready(&s->hub);
    scene_status(s, scene_client(s), ALTVIEW_PING, NULL, 0);
    hub_disconnect(&s->hub, 0);
    memset(s->port.count, 0, sizeof(s->port.count));
}
