/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients that connect, ask, listen, write rubbish and go at any moment, over a port that loses
 * replies. Whenever all traffic has ended, each request has had exactly one reply. The port then
 * has exactly the state that the connected clients know from their replies.
 * usage: hub_random [SEED]    the program prints the seed, which repeats a run
 */
#include "scene.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define OPERATIONS 200000
#define QUIET_EACH 50
#define PENDING    64

struct asked {
    uint16_t type;
    uint32_t sequence;
    union {
        struct altview_which_vcpu vcpu;
        struct altview_single_step step;
        struct altview_listen listen;
        uint64_t tag;
    } payload;
    size_t size;
};

/* The state of a client, by the replies that it got. */
struct believer {
    bool there;
    uint32_t sequence;
    struct asked asked[PENDING]; /* oldest first */
    unsigned int pending;
    unsigned int pauses[SCENE_VCPUS];
    bool steps[SCENE_VCPUS];
    struct altview_listen listen;
};

static struct scene scene;
static struct believer believers[HUB_CLIENTS];
static uint64_t random_state;

/* splitmix64 */
static uint32_t any(uint32_t below)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % below);
}

static void come(int i)
{
    int client;

    if (believers[i].there) {
        return;
    }
    client = scene_client(&scene);
    believers[client] = (struct believer){.there = true, .sequence = any(1000)};
}

static void go(int i)
{
    struct altview_frame part = {.kind = ALTVIEW_FRAME_REQUEST};

    frame_seal(&part);
    if (any(2)) {
        hub_from_client(&scene.hub, i, &part, any(sizeof(part)));
    }
    hub_disconnect(&scene.hub, i);
    scene_settle(&scene);
    believers[i].there = false;
}

static uint32_t any_vcpu(void)
{
    return any(4) ? any(SCENE_VCPUS + 1) : ALTVIEW_ALL_VCPUS;
}

static void make_request(struct asked *a)
{
    static const uint16_t types[] = {ALTVIEW_READ, ALTVIEW_PAUSE, ALTVIEW_UNPAUSE,
                                     ALTVIEW_SINGLE_STEP, ALTVIEW_LISTEN};

    a->type = types[any(sizeof(types) / sizeof(types[0]))];
    switch (a->type) {
    case ALTVIEW_READ:
        a->payload.tag = any(UINT32_MAX);
        a->size = sizeof(a->payload.tag);
        break;
    case ALTVIEW_SINGLE_STEP:
        a->payload.step =
            (struct altview_single_step){.vcpu = any_vcpu(), .enable = (uint8_t)any(2)};
        a->size = sizeof(a->payload.step);
        break;
    case ALTVIEW_LISTEN:
        a->payload.listen =
            (struct altview_listen){.sync = any(3) ? 0 : any(4),
                                    .report = any(64),
                                    .flags = any(2) | ALTVIEW_LISTEN_UNANSWERED(any(6))};
        a->size = sizeof(a->payload.listen);
        break;
    default:
        a->payload.vcpu = (struct altview_which_vcpu){.vcpu = any_vcpu()};
        a->size = sizeof(a->payload.vcpu);
    }
}

static void ask(int i)
{
    struct believer *b = &believers[i];
    struct asked *a = &b->asked[b->pending];

    if (b->pending == PENDING || hub_room(&scene.hub, i) < 256) {
        return;
    }
    make_request(a);
    a->sequence = ++b->sequence;
    b->pending++;
    scene_ask(&scene, i, a->type, a->sequence, &a->payload, a->size);
}

static void talk_rubbish(int i)
{
    static const char rubbish[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    if (hub_room(&scene.hub, i) >= sizeof(rubbish)) {
        hub_from_client(&scene.hub, i, rubbish, any(sizeof(rubbish)));
        scene_settle(&scene);
    }
}

static void believe_pauses(struct believer *b, const struct asked *a)
{
    for (uint32_t v = 0; v < SCENE_VCPUS; v++) {
        if (a->payload.vcpu.vcpu == v || a->payload.vcpu.vcpu == ALTVIEW_ALL_VCPUS) {
            b->pauses[v] += a->type == ALTVIEW_PAUSE ? 1U : -1U;
        }
    }
}

static void believe(struct believer *b, const struct asked *a, const struct altview_frame *reply)
{
    if (a->type == ALTVIEW_READ) {
        assert_int_equal(reply->length, a->size);
        assert_memory_equal(frame_payload(reply), &a->payload, a->size);
    } else if (reply->status) {
        return;
    } else if (a->type == ALTVIEW_LISTEN) {
        b->listen = a->payload.listen;
    } else if (a->type == ALTVIEW_SINGLE_STEP) {
        b->steps[a->payload.step.vcpu] = a->payload.step.enable;
    } else {
        believe_pauses(b, a);
    }
}

/* Replies come in the order of requests. Between them come events, of the types that the client
 * asked for. */
static bool hear(int i)
{
    struct believer *b = &believers[i];
    const struct altview_frame *frame = scene_read(&scene, i);

    if (!frame) {
        return false;
    }
    if (frame->kind == ALTVIEW_FRAME_REPLY) {
        assert_true(b->pending > 0);
        assert_int_equal(frame->sequence, b->asked[0].sequence);
        assert_int_equal(frame->type, b->asked[0].type);
        believe(b, &b->asked[0], frame);
        b->pending--;
        memmove(b->asked, b->asked + 1, b->pending * sizeof(b->asked[0]));
    } else {
        assert_int_equal(frame->kind, ALTVIEW_FRAME_EVENT);
    }
    return true;
}

/* The port sends the events that the hub asked for, like a real port. */
static void happen(void)
{
    struct altview_event event = {.type = (uint8_t)any(ALTVIEW_EVENT_SHUTDOWN)};

    if ((scene.port.listen.sync | scene.port.listen.report) >> event.type & 1) {
        event.flags = scene.port.listen.sync >> event.type & 1 ? ALTVIEW_EVENT_SYNC : 0;
        scene_event(&scene, &event);
    }
}

static void check_port(void)
{
    struct altview_listen all = {0};
    bool steps[SCENE_VCPUS] = {0};
    unsigned int pauses[SCENE_VCPUS] = {0}, synchronous = 0;

    for (int i = 0; i < HUB_CLIENTS; i++) {
        struct believer *b = &believers[i];

        if (!b->there) {
            continue;
        }
        assert_int_equal(b->pending, 0);
        all.sync |= b->listen.sync;
        all.report |= b->listen.report;
        synchronous += b->listen.sync != 0;
        for (int v = 0; v < SCENE_VCPUS; v++) {
            pauses[v] += b->pauses[v];
            steps[v] |= b->steps[v];
        }
    }
    assert_true(synchronous <= 1);
    assert_int_equal(scene.port.listen.sync, all.sync);
    assert_int_equal(scene.port.listen.report, all.report);
    for (int v = 0; v < SCENE_VCPUS; v++) {
        assert_int_equal(scene.port.pauses[v], pauses[v]);
        assert_int_equal(scene.port.steps[v], steps[v]);
    }
}

/* No reply is lost from here on, and each client reads until no frame is under way. */
static void be_quiet(void)
{
    bool moved;

    scene.port.lose_reply = false;
    do {
        scene_wait(&scene, 2000);
        moved = false;
        for (int i = 0; i < HUB_CLIENTS; i++) {
            while (believers[i].there && hear(i)) {
                moved = true;
            }
            if (believers[i].there && hub_is_broken(&scene.hub, i)) {
                go(i);
                moved = true;
            }
        }
    } while (moved);
    check_port();
}

static void do_something(void)
{
    int i = (int)any(HUB_CLIENTS);

    if (!believers[i].there) {
        come(i);
        return;
    }
    switch (any(16)) {
    case 0:
        go(i);
        break;
    case 1:
        talk_rubbish(i);
        break;
    case 2:
        scene.port.lose_reply = true;
        break;
    case 3:
        scene_wait(&scene, 1 + any(3000));
        break;
    case 4:
    case 5:
    case 6:
        happen();
        break;
    case 7:
    case 8:
    case 9:
        hear(i);
        break;
    default:
        ask(i);
    }
}

static void test_random(void **state)
{
    (void)state;
    scene_init(&scene);
    for (int n = 0; n < OPERATIONS; n++) {
        do_something();
        if (any(QUIET_EACH) == 0) {
            be_quiet();
        }
    }
    for (int i = 0; i < HUB_CLIENTS; i++) {
        if (believers[i].there) {
            go(i);
        }
    }
    be_quiet();
    scene_free(&scene);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};

    random_state = argc > 1 ? strtoull(argv[1], NULL, 0) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)random_state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
