/* SPDX-License-Identifier: BSD-2-Clause */
/* The hub, one promise in each test. */
#include "scene.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MEM_ACCESS (1U << ALTVIEW_EVENT_MEM_ACCESS)
#define STEPPED    (1U << ALTVIEW_EVENT_SINGLE_STEP)
#define REFUSED    (1U << ALTVIEW_EVENT_VMFUNC_REFUSED)

#define ASK(s, client, type, kind, ...)                                                            \
    scene_status(s, client, type, &(struct kind){__VA_ARGS__}, sizeof(struct kind))
#define LISTEN(s, client, ...) ASK(s, client, ALTVIEW_LISTEN, altview_listen, __VA_ARGS__)
#define PAUSE(s, client, n)    ASK(s, client, ALTVIEW_PAUSE, altview_which_vcpu, .vcpu = (n))
#define UNPAUSE(s, client, n)  ASK(s, client, ALTVIEW_UNPAUSE, altview_which_vcpu, .vcpu = (n))
#define STEP(s, client, n, on)                                                                     \
    ASK(s, client, ALTVIEW_SINGLE_STEP, altview_single_step, .vcpu = (n), .enable = (on))

static int set_up(void **state)
{
    static struct scene s;

    scene_init(&s);
    scene_owner = 0;
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    scene_free(*state);
    return 0;
}

static void disconnect(struct scene *s, int client)
{
    hub_disconnect(&s->hub, client);
    scene_settle(s);
}

static void expect_payload(struct scene *s, int client, uint32_t sequence, const char *text)
{
    const struct altview_frame *frame = scene_read(s, client);

    assert_non_null(frame);
    assert_int_equal(frame->kind, ALTVIEW_FRAME_REPLY);
    assert_int_equal(frame->sequence, sequence);
    assert_int_equal(frame->length, strlen(text));
    assert_memory_equal(frame_payload(frame), text, strlen(text));
}

/* Two clients that chose the same number, while the request of one is at the port: each gets its
 * own reply. */
static void test_replies_find_home(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    s->port.mute = true;
    scene_ask(s, a, ALTVIEW_READ, 7, "of a", 4);
    scene_ask(s, b, ALTVIEW_READ, 7, "of b", 4);
    assert_int_equal(s->port.count[ALTVIEW_READ], 1); /* one at a time */
    s->port.mute = false;
    scene_wait(s, 1500);
    assert_int_equal(s->port.count[ALTVIEW_READ], 2);
    expect_payload(s, a, 7, "of a");
    expect_payload(s, b, 7, "of b");
    assert_null(scene_read(s, a));
}

/* A client that connects while the machine boots waits, and the hub serves it later. */
static void test_nothing_is_sent_before_the_hypervisor_listens(void **state)
{
    struct scene *s = *state;
    size_t size;
    int a;

    hub_init(&s->hub, NULL, NULL);
    a = scene_client(s);
    scene_ask(s, a, ALTVIEW_READ, 1, "x", 1);
    scene_wait(s, 5000);
    assert_null(hub_to_port(&s->hub, &size));
    hub_ready(&s->hub);
    scene_settle(s);
    expect_payload(s, a, 1, "x");
}

/* A client that only checks whether the run is alive leaves no trace in the machine. */
static void test_coming_and_going_asks_nothing(void **state)
{
    struct scene *s = *state;

    hub_init(&s->hub, NULL, NULL);
    hub_ready(&s->hub);
    disconnect(s, scene_client(s));
    scene_client(s);
    scene_wait(s, 5000);
    for (int type = 0; type < ALTVIEW_REQUESTS; type++) {
        assert_int_equal(s->port.count[type], 0);
    }
}

static void test_a_lost_reply_is_asked_for_again(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    s->port.lose_reply = true;
    scene_ask(s, a, ALTVIEW_READ, 1, "x", 1);
    assert_null(scene_read(s, a));
    scene_wait(s, 1500);
    assert_int_equal(s->port.repeated, 1); /* under the same number, so the port does it once */
    assert_int_equal(s->port.count[ALTVIEW_READ], 1);
    expect_payload(s, a, 1, "x");
}

/* The first reply still comes, while the next request is under way. */
static void test_a_late_reply_is_nobodys(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    static struct scene_port before;

    scene_ask(s, a, ALTVIEW_READ, 1, "old", 3);
    expect_payload(s, a, 1, "old");
    before = s->port;
    s->port.mute = true;
    scene_ask(s, a, ALTVIEW_READ, 2, "new", 3);
    hub_from_port(&s->hub, before.reply, before.reply_size);
    assert_null(scene_read(s, a));
    hub_from_port(&s->hub, s->port.reply, s->port.reply_size);
    expect_payload(s, a, 2, "new");
}

/* A client that sends a request twice under one number: the port does it once, the hub replies
 * twice. */
static void test_a_client_may_ask_again(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    scene_ask(s, a, ALTVIEW_READ, 9, "x", 1);
    scene_ask(s, a, ALTVIEW_READ, 9, "x", 1);
    assert_int_equal(s->port.count[ALTVIEW_READ], 1);
    expect_payload(s, a, 9, "x");
    expect_payload(s, a, 9, "x");
}

static void test_what_is_not_known_is_the_ports_to_refuse(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    assert_int_equal(scene_status(s, a, ALTVIEW_REQUESTS, NULL, 0), -ENOSYS);
    assert_int_equal(scene_status(s, a, ALTVIEW_LISTEN, "short", 5), -EINVAL);
    assert_int_equal(scene_status(s, a, ALTVIEW_PAUSE, NULL, 0), -EINVAL);
    assert_int_equal(PAUSE(s, a, SCENE_VCPUS), -EINVAL);
    assert_int_equal(STEP(s, a, SCENE_VCPUS, 1), -EINVAL);
    assert_int_equal(LISTEN(s, a, .report = 1U << 31), -EINVAL);
    assert_int_equal(LISTEN(s, a, .flags = 1U << 31), -EINVAL);
}

/* Bytes that are not a frame, half a frame, a reply: none of it reaches the port or hides the next
 * frame. */
static void test_garbage_harms_nobody(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    struct altview_frame reply = {.kind = ALTVIEW_FRAME_REPLY, .type = ALTVIEW_READ};
    uint8_t noise[3000];

    for (size_t i = 0; i < sizeof(noise); i++) {
        noise[i] = (uint8_t)(i * 37);
    }
    hub_from_client(&s->hub, a, noise, sizeof(noise));
    hub_from_client(&s->hub, a, &reply, frame_seal(&reply));
    hub_from_client(&s->hub, b, &reply, 20);
    scene_settle(s);
    assert_int_equal(s->port.count[ALTVIEW_READ], 0);
    scene_ask(s, a, ALTVIEW_READ, 1, "x", 1);
    expect_payload(s, a, 1, "x");
    disconnect(s, b); /* in the middle of its frame */
    scene_ask(s, a, ALTVIEW_READ, 2, "y", 1);
    expect_payload(s, a, 2, "y");
}

static void test_pads_are_zero(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    struct altview_frame request = {
        .kind = ALTVIEW_FRAME_REQUEST, .type = ALTVIEW_PING, .sequence = 1, .status = -1};

    hub_from_client(&s->hub, a, &request, frame_seal(&request));
    scene_settle(s);
    assert_int_equal(scene_read(s, a)->status, -EINVAL);
    assert_int_equal(s->port.count[ALTVIEW_PING], 0);
}

/* The hub sends the seventeenth client away. It uses a free place again. */
static void test_there_is_room_for_so_many(void **state)
{
    struct scene *s = *state;

    for (int i = 0; i < HUB_CLIENTS; i++) {
        scene_client(s);
    }
    assert_int_equal(hub_connect(&s->hub, false), -EMFILE);
    disconnect(s, 3);
    assert_int_equal(hub_connect(&s->hub, false), 3);
}

static void test_pauses_end_with_their_client(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(PAUSE(s, a, ALTVIEW_ALL_VCPUS), 0);
    assert_int_equal(PAUSE(s, a, 1), 0);
    assert_int_equal(PAUSE(s, b, 1), 0);
    assert_int_equal(s->port.pauses[0], 1);
    assert_int_equal(s->port.pauses[1], 3);
    disconnect(s, a);
    assert_int_equal(s->port.pauses[0], 0);
    assert_int_equal(s->port.pauses[1], 1);
    disconnect(s, b);
    assert_int_equal(s->port.pauses[1], 0);
}

/* The client had gone when the reply came. */
static void test_a_pause_on_its_way_ends_too(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    struct altview_which_vcpu which = {.vcpu = 0};

    s->port.mute = true;
    scene_ask(s, a, ALTVIEW_PAUSE, 1, &which, sizeof(which));
    assert_int_equal(s->port.pauses[0], 1);
    disconnect(s, a);
    s->port.mute = false;
    scene_wait(s, 1500);
    assert_int_equal(s->port.pauses[0], 0);
    assert_null(scene_read(s, b)); /* and the hub did not send the reply to it */
}

/* A client can take back only its own pauses and steps. */
static void test_unpause_is_for_ones_own(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(PAUSE(s, a, 0), 0);
    assert_int_equal(UNPAUSE(s, b, 0), -EINVAL);
    assert_int_equal(UNPAUSE(s, a, ALTVIEW_ALL_VCPUS), -EINVAL); /* vCPU 1 is not paused */
    assert_int_equal(UNPAUSE(s, a, SCENE_VCPUS), -EINVAL);
    assert_int_equal(s->port.pauses[0], 1);
    assert_int_equal(UNPAUSE(s, a, 0), 0);
    assert_int_equal(s->port.pauses[0], 0);
    assert_int_equal(UNPAUSE(s, a, 0), -EINVAL);
}

static void test_steps_are_everybodys(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(STEP(s, a, 0, 1), 0);
    assert_int_equal(STEP(s, b, 0, 1), 0);
    assert_int_equal(STEP(s, b, 1, 1), 0);
    assert_int_equal(STEP(s, a, 0, 0), 0);
    assert_true(s->port.steps[0]); /* b wants steps */
    disconnect(s, b);
    assert_false(s->port.steps[0]);
    assert_false(s->port.steps[1]);
}

static void expect_event(struct scene *s, int client, uint64_t id, uint32_t sequence, size_t length)
{
    const struct altview_frame *frame = scene_read(s, client);

    assert_non_null(frame);
    assert_int_equal(frame->kind, ALTVIEW_FRAME_EVENT);
    assert_int_equal(frame->length, length);
    assert_int_equal(frame->sequence, sequence);
    assert_int_equal(((const struct altview_event *)frame_payload(frame))->id, id);
}

static void test_events_go_to_who_listens(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s), c = scene_client(s);

    assert_int_equal(LISTEN(s, a, .report = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS | REFUSED, .flags = ALTVIEW_LISTEN_BRIEF),
                     0);
    assert_int_equal(s->port.listen.report, MEM_ACCESS | REFUSED);
    assert_int_equal(s->port.listen.flags, 0); /* a wants every event */
    scene_event(s, &(struct altview_event){.id = 1, .type = ALTVIEW_EVENT_VMFUNC_REFUSED});
    scene_event(s, &(struct altview_event){.id = 2, .type = ALTVIEW_EVENT_MEM_ACCESS});
    expect_event(s, a, 2, 0, sizeof(struct altview_event));
    expect_event(s, b, 1, 0, ALTVIEW_EVENT_BRIEF_SIZE);
    expect_event(s, b, 2, 1, ALTVIEW_EVENT_BRIEF_SIZE);
    assert_null(scene_read(s, a));
    assert_null(scene_read(s, c));
    disconnect(s, a);
    assert_int_equal(s->port.listen.flags, ALTVIEW_LISTEN_BRIEF);
    assert_int_equal(LISTEN(s, b), 0);
    assert_int_equal(s->port.listen.report, 0);
}

static void test_one_may_be_synchronous(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS, .timeout_ms = 777), 0);
    assert_int_equal(LISTEN(s, b, .sync = STEPPED, .timeout_ms = 5), -EBUSY);
    assert_int_equal(LISTEN(s, b, .report = STEPPED, .timeout_ms = 5), 0);
    assert_int_equal(s->port.listen.sync, MEM_ACCESS);
    assert_int_equal(s->port.listen.timeout_ms, 777); /* of the client that is to answer */
    assert_int_equal(LISTEN(s, a, .sync = STEPPED), 0);
    assert_int_equal(s->port.listen.sync, STEPPED);
    disconnect(s, a);
    assert_int_equal(LISTEN(s, b, .sync = STEPPED), 0);
}

/* The rules of the protocol's tables: each request by the client that answers and by another one,
 * and each event. */
static void test_who_may(void **state)
{
    static const struct {
        uint16_t type;
        enum altview_who who;
    } requests[] = {
#define WHO_MAY(number, name, payload, reply, who, ...) {number, ALTVIEW_##who},
        ALTVIEW_REQUEST_TABLE(WHO_MAY)};
    struct scene *s = *state;
    int asked = scene_client(s), other = scene_client(s), stranger = hub_connect(&s->hub, false);

    assert_int_equal(LISTEN(s, asked, .sync = MEM_ACCESS), 0);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        uint16_t type = requests[i].type;
        bool of_asked = requests[i].who == ALTVIEW_ASKED,
             of_owner = requests[i].who == ALTVIEW_OWNER;

        assert_int_not_equal(scene_status(s, asked, type, NULL, 0), -EPERM);
        assert_int_equal(scene_status(s, other, type, NULL, 0) == -EPERM, of_asked);
        assert_int_equal(scene_status(s, stranger, type, NULL, 0) == -EPERM, of_asked || of_owner);
        for (int j = asked; j <= stranger; j++) {
            s->hub.clients[j]->console = false; /* CONSOLE leaves them no frames */
        }
    }
}

static void test_who_is_told(void **state)
{
    static const struct {
        uint8_t type;
        enum altview_who who;
    } events[] = {
#define WHO_IS_TOLD(number, name, command, sync, who, ...) {number, ALTVIEW_##who},
        ALTVIEW_EVENT_TABLE(WHO_IS_TOLD)};
    struct scene *s = *state;
    int asked = scene_client(s), listener = scene_client(s), deaf = scene_client(s);

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        struct altview_event event = {.type = events[i].type};

        assert_int_equal(LISTEN(s, asked, .sync = MEM_ACCESS), 0);
        assert_int_equal(LISTEN(s, listener, .report = ALTVIEW_ALL_EVENTS), 0);
        scene_event(s, &event);
        s->hub.over = false; /* after SHUTDOWN */
        assert_int_equal(!!scene_read(s, asked),
                         event.type == ALTVIEW_EVENT_MEM_ACCESS || events[i].who == ALTVIEW_ASKED);
        assert_int_equal(!!scene_read(s, listener), events[i].who == ALTVIEW_LISTENERS);
        assert_null(scene_read(s, deaf));
    }
}

/* Of a control register, bits that each client ignores that listens for it. */
static void test_what_is_ignored(void **state)
{
    enum { CR3_BIT = 1U << ALTVIEW_EVENT_CR3, CR4_BIT = 1U << ALTVIEW_EVENT_CR4 };
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s), c = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = CR3_BIT, .ignore = {1, 6, 4, 1}), 0);
    assert_int_equal(s->port.listen.ignore[1], 6);
    assert_int_equal(s->port.listen.ignore[2], 0); /* nobody listens for CR4 */
    assert_int_equal(LISTEN(s, b, .report = CR3_BIT | CR4_BIT, .ignore = {0, 3, 5, 0}), 0);
    assert_int_equal(s->port.listen.ignore[1], 2);
    assert_int_equal(s->port.listen.ignore[2], 5);
    assert_int_equal(LISTEN(s, c, .report = CR4_BIT), 0);
    assert_int_equal(s->port.listen.ignore[2], 0);
    disconnect(s, b);
    assert_int_equal(s->port.listen.ignore[1], 6);
}

/* MSRs that any client names that listens for them; each only when it changes if all want that. */
static void test_which_msrs(void **state)
{
    enum { MSR_BIT = 1U << ALTVIEW_EVENT_MSR };
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    struct altview_listen many = {.report = MSR_BIT, .msrs = {.count = ALTVIEW_MSRS}};

    assert_int_equal(
        LISTEN(s, a, .sync = MSR_BIT, .msrs = {.count = 2, .numbers = {5, 6}, .changes = 3}), 0);
    assert_int_equal(s->port.listen.msrs.count, 2);
    assert_int_equal(
        LISTEN(s, b, .report = MSR_BIT, .msrs = {.count = 2, .numbers = {6, 7}, .changes = 2}), 0);
    assert_int_equal(s->port.listen.msrs.count, 3);
    assert_int_equal(s->port.listen.msrs.numbers[2], 7);
    assert_int_equal(s->port.listen.msrs.changes, 5);
    for (uint32_t i = 0; i < ALTVIEW_MSRS; i++) {
        many.msrs.numbers[i] = 0x100 + i;
    }
    assert_int_equal(scene_status(s, b, ALTVIEW_LISTEN, &many, sizeof(many)), -ENOSPC);
    many.msrs.count = ALTVIEW_MSRS + 1;
    assert_int_equal(scene_status(s, b, ALTVIEW_LISTEN, &many, sizeof(many)), -EINVAL);
    disconnect(s, b);
    assert_int_equal(s->port.listen.msrs.count, 2);
    assert_int_equal(s->port.listen.msrs.changes, 3);
}

/* Another client gets the events on which a vCPU waits, but without the flag that asks for an
 * answer; nor may it answer. */
static void test_one_answers(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    const struct altview_frame *frame;
    uint16_t flags[2];

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS), 0);
    scene_event(s,
                &(struct altview_event){.id = 1, .flags = ALTVIEW_EVENT_SYNC | ALTVIEW_EVENT_GLA});
    for (int i = 0; i < 2; i++) {
        frame = scene_read(s, i ? b : a);
        assert_non_null(frame);
        flags[i] = ((const struct altview_event *)frame_payload(frame))->flags;
    }
    assert_int_equal(flags[0], ALTVIEW_EVENT_SYNC | ALTVIEW_EVENT_GLA);
    assert_int_equal(flags[1], ALTVIEW_EVENT_GLA);
    assert_int_equal(ASK(s, b, ALTVIEW_ANSWER, altview_answer, .event = 1), -EPERM);
    assert_int_equal(ASK(s, a, ALTVIEW_ANSWER, altview_answer, .event = 1), 0);
    disconnect(s, a);
    assert_int_equal(ASK(s, b, ALTVIEW_ANSWER, altview_answer, .event = 1), 0);
}

/* vCPUs may wait on the client. The hub tells the port that it has gone, and which events the
 * others still listen for. */
static void test_a_synchronous_client_goes(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS), 0);
    disconnect(s, a);
    assert_int_equal(s->port.gone, 1);
    assert_int_equal(s->port.silenced, 0); /* that would mean a client that left in order */
    assert_int_equal(s->port.listen.sync, 0);
    assert_int_equal(s->port.listen.report, MEM_ACCESS);
    disconnect(s, b);
    assert_int_equal(s->port.gone, 1); /* this client had nothing to decide */
}

/* An altview that does not know the flag: at least no vCPU waits for the client's answer. */
static void test_a_synchronous_client_of_an_older_port_goes(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    s->port.knows_no_gone = true;
    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS), 0);
    disconnect(s, a);
    assert_int_equal(s->port.silenced, 1);
    assert_int_equal(s->port.listen.sync, 0);
    assert_int_equal(s->port.listen.report, MEM_ACCESS);
}

static void test_a_synchronous_client_says_farewell(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, a), 0);
    disconnect(s, a);
    assert_int_equal(s->port.gone, 0);
    assert_int_equal(s->port.silenced, 1);
}

/* The rule belongs to the client that answers. A client that only watches has none. No client may
 * declare another one gone. */
static void test_rules_are_passed_on(void **state)
{
    struct scene *s = *state;
    const uint32_t stop = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_STOP);
    const uint32_t lift = ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_LIFT);
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS, .flags = stop), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS, .flags = lift), 0);
    assert_int_equal(s->port.listen.flags, stop);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS, .flags = ALTVIEW_LISTEN_GONE), -EINVAL);
    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS, .flags = ALTVIEW_LISTEN_GONE), -EINVAL);
    assert_int_equal(s->port.gone, 0);
    assert_int_equal(s->port.listen.sync, MEM_ACCESS);
}

static void test_a_synchronous_client_only_watches_now(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, a, .report = MEM_ACCESS), 0);
    assert_int_equal(s->port.silenced, 1);
    assert_int_equal(s->port.listen.report, MEM_ACCESS);
}

/* If the port refuses a LISTEN, the hub changes nothing. */
static void test_a_refused_wish_changes_nothing(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(LISTEN(s, a, .report = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = STEPPED), 0);
    assert_int_equal(LISTEN(s, b, .report = 1U << 20), -EINVAL);
    assert_int_equal(s->port.listen.report, MEM_ACCESS | STEPPED);
    scene_event(s, &(struct altview_event){.id = 1, .type = ALTVIEW_EVENT_SINGLE_STEP});
    expect_event(s, b, 1, 0, sizeof(struct altview_event));
}

/* The hub tells the client that did not answer in time, which then listens no more. Other clients
 * still listen. Steps end for all. */
static void test_a_timeout(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS), 0);
    assert_int_equal(STEP(s, b, 0, 1), 0);
    memset(&s->port.listen, 0, sizeof(s->port.listen)); /* as the port does */
    s->port.steps[0] = false;
    scene_event(s, &(struct altview_event){.id = 1, .type = ALTVIEW_EVENT_TIMEOUT});
    expect_event(s, a, 1, 0, sizeof(struct altview_event));
    assert_null(scene_read(s, b));
    assert_int_equal(s->port.listen.sync, 0);
    assert_int_equal(s->port.listen.report, MEM_ACCESS);
    scene_event(s, &(struct altview_event){.id = 2, .type = ALTVIEW_EVENT_MEM_ACCESS});
    assert_null(scene_read(s, a));
    expect_event(s, b, 2, 0, sizeof(struct altview_event));
    assert_int_equal(LISTEN(s, b, .sync = MEM_ACCESS), 0); /* the place is free */
}

/* The hub drops reports for the client that does not read them, counts them, and drops none of
 * another client's. */
static void test_a_client_that_does_not_read(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    const struct altview_frame *frame;
    uint64_t lost = 0, seen = 0;

    assert_int_equal(LISTEN(s, a, .report = MEM_ACCESS), 0);
    assert_int_equal(LISTEN(s, b, .report = MEM_ACCESS), 0);
    for (uint64_t id = 1; id <= 1000; id++) {
        scene_event(s, &(struct altview_event){.id = id, .lost = 3});
        expect_event(s, b, id, (uint32_t)id - 1, sizeof(struct altview_event));
    }
    assert_false(hub_is_broken(&s->hub, a));
    while (scene_read(s, a)) {
        seen++;
    }
    assert_in_range(seen, 30, 100);
    scene_event(s, &(struct altview_event){.id = 1001, .lost = 3});
    frame = scene_read(s, a);
    lost = ((const struct altview_event *)frame_payload(frame))->lost;
    assert_int_equal(lost, 3 + 1000 - seen); /* the port's losses and the hub's */
    assert_int_equal(frame->sequence, 1000);
}

/* A vCPU would wait on an event that the hub can't give to its client, so the hub disconnects the
 * client. */
static void test_a_synchronous_client_that_does_not_read(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    unsigned int sent = 0;

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    while (!hub_is_broken(&s->hub, a) && sent < 1000) {
        scene_event(s, &(struct altview_event){.id = ++sent, .flags = ALTVIEW_EVENT_SYNC});
    }
    assert_in_range(sent, HUB_VCPUS, 999); /* so many vCPUs may wait at once */
    disconnect(s, a);
    assert_int_equal(s->port.listen.sync, 0);
    assert_int_equal(s->port.gone, 1);
}

/* The hub keeps a few of the client's requests. Those of other clients do not wait for it. */
static void test_requests_of_who_does_not_read(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    uint8_t payload[4096] = {0};
    unsigned int asked = 0;

    while (hub_room(&s->hub, a) >= sizeof(payload) + sizeof(struct altview_frame) && asked < 1000) {
        scene_ask(s, a, ALTVIEW_READ, ++asked, payload, sizeof(payload));
    }
    assert_in_range(asked, 2, 20);
    scene_ask(s, b, ALTVIEW_READ, 1, "x", 1);
    expect_payload(s, b, 1, "x");
    for (unsigned int i = 1; i <= asked; i++) {
        assert_int_equal(scene_read(s, a)->sequence, i); /* now the client reads */
    }
    assert_null(scene_read(s, a));
}

static void test_text_is_passed_on(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    struct altview_frame request = {.kind = ALTVIEW_FRAME_REPLY};

    hub_from_port(&s->hub, "one line\n", 9);
    scene_ask(s, a, ALTVIEW_READ, 1, "x", 1);
    frame_seal(&request);
    hub_from_port(&s->hub, "another\n", 8);
    hub_from_port(&s->hub, &request, 10); /* the machine ends in the middle of a frame */
    assert_int_equal(s->text_size, 17);
    hub_port_closed(&s->hub);
    assert_int_equal(s->text_size, 27);
    assert_memory_equal(s->text, "one line\nanother\n", 17);
    expect_payload(s, a, 1, "x");
}

/* Half a frame without its end hides the next bytes only for ten seconds. */
static void test_an_unfinished_frame_is_given_up(void **state)
{
    struct scene *s = *state;
    struct altview_frame half = {.kind = ALTVIEW_FRAME_EVENT, .length = 100};

    half.magic = ALTVIEW_CONTROL_MAGIC;
    hub_from_port(&s->hub, &half, 16);
    hub_from_port(&s->hub, "a line\n", 7);
    scene_wait(s, 9000);
    assert_null(memmem(s->text, s->text_size, "a line\n", 7));
    scene_wait(s, 2000);
    assert_non_null(memmem(s->text, s->text_size, "a line\n", 7));
}

/* A frame that came before the time was up counts, however late the hub reads it. */
static void test_a_stall_breaks_no_frame(void **state)
{
    struct scene *s = *state;
    struct altview_frame frame = {.kind = ALTVIEW_FRAME_EVENT};
    size_t size = frame_seal(&frame);

    hub_from_port(&s->hub, &frame, 16);
    scene_later(s, 60000);
    hub_from_port(&s->hub, (uint8_t *)&frame + 16, size - 16);
    hub_tick(&s->hub);
    assert_int_equal(s->text_size, 0);
}

/* The hub talks to the port while a vCPU is paused. Otherwise it does so only for a client's
 * requests. */
static void test_pings(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    scene_wait(s, 5000);
    assert_int_equal(s->port.count[ALTVIEW_PING], 0);
    assert_int_equal(PAUSE(s, a, 0), 0);
    scene_wait(s, 5000);
    assert_in_range(s->port.count[ALTVIEW_PING], 8, 10);
    assert_int_equal(UNPAUSE(s, a, 0), 0);
    s->port.count[ALTVIEW_PING] = 0;
    scene_wait(s, 5000);
    assert_int_equal(s->port.count[ALTVIEW_PING], 0);
    assert_null(scene_read(s, a)); /* the hub itself sends the replies */
}

static void test_a_port_without_frames(void **state)
{
    struct scene *s = *state;
    int a;

    s->port.mute = true;
    a = scene_client(s);
    scene_ask(s, a, ALTVIEW_READ, 1, "x", 1);
    scene_wait(s, 60000);
    assert_null(scene_read(s, a));
    assert_in_range(s->port.repeated, 30, 60); /* about one a second, no storm */
}

/* A machine that has ended reads nothing. Bytes sent to it then reset its connection. */
static void test_nothing_is_sent_after_the_end(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    size_t size;

    assert_int_equal(LISTEN(s, a, .report = 1U << ALTVIEW_EVENT_SHUTDOWN), 0);
    assert_int_equal(PAUSE(s, a, 0), 0);
    scene_event(s, &(struct altview_event){.id = 1, .type = ALTVIEW_EVENT_SHUTDOWN});
    expect_event(s, a, 1, 0, sizeof(struct altview_event));
    scene_ask(s, a, ALTVIEW_READ, 1, "x", 1);
    scene_later(s, 10000);
    hub_tick(&s->hub);
    disconnect(s, a);
    assert_null(hub_to_port(&s->hub, &size));
}

#define MEMORY(s, client, ...) ASK(s, client, ALTVIEW_MEMORY, altview_memory_wish, __VA_ARGS__)

static const struct altview_layout layout = {.count = 1, .pieces = {{.size = 0x100000}}};

/* The hub replies, and names the descriptor that goes with the reply. Once the memory has gone, no
 * reply has a descriptor. */
static void test_memory_is_handed_out(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);
    const struct altview_frame *reply;
    const struct altview_memory_wish writing = {.flags = ALTVIEW_MEMORY_WRITE};

    s->hub.memory = layout;
    scene_ask(s, a, ALTVIEW_MEMORY, 1, &writing, sizeof(writing));
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_WRITE);
    assert_int_equal(hub_gift(&s->hub, b), HUB_GIFT_NONE);
    reply = scene_read(s, a);
    assert_int_equal(reply->status, 0);
    assert_int_equal(reply->length, sizeof(layout));
    assert_memory_equal(frame_payload(reply), &layout, sizeof(layout));
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_NONE);
    assert_int_equal(MEMORY(s, b, .flags = 0), 0);
    assert_int_equal(s->port.count[ALTVIEW_MEMORY], 0);
}

static void test_memory_is_for_the_runs_user(void **state)
{
    struct scene *s = *state;
    int a = hub_connect(&s->hub, false);

    s->hub.memory = layout;
    assert_int_equal(MEMORY(s, a, .flags = 0), -EPERM);
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_NONE);
}

static void test_wishes_for_memory_that_are_none(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    s->hub.memory = layout;
    assert_int_equal(MEMORY(s, a, .flags = 2), -EINVAL);
    assert_int_equal(MEMORY(s, a, .pad = 1), -EINVAL);
    assert_int_equal(scene_status(s, a, ALTVIEW_MEMORY, NULL, 0), -EINVAL);
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_NONE);
    s->hub.memory.count = 0; /* the hub has none: the port replies */
    assert_int_equal(MEMORY(s, a, .flags = 0), 0);
    assert_int_equal(s->port.count[ALTVIEW_MEMORY], 1);
    assert_int_equal(hub_gift(&s->hub, a), HUB_GIFT_NONE);
}

#define BIND(s, client, n) ASK(s, client, ALTVIEW_BIND, altview_bind, .owner = (n))

/* Whatever owner the client names, for the port it is one of 16. Its requests need not name an
 * owner. */
static void test_owners_are_the_hubs(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(BIND(s, a, 0), -EINVAL);
    assert_int_equal(BIND(s, a, 7), 0);
    assert_int_equal(BIND(s, b, 7), 0);
    assert_int_equal(BIND(s, b, 8), -EBUSY);
    scene_owner = 7;
    assert_int_equal(scene_status(s, b, ALTVIEW_READ, "x", 1), 0);
    assert_int_equal(s->port.last.owner, b + 1);
    scene_owner = 0;
    assert_int_equal(scene_status(s, b, ALTVIEW_READ, "x", 1), 0);
    assert_int_equal(s->port.last.owner, 0);
    scene_owner = 8;
    assert_int_equal(scene_status(s, b, ALTVIEW_READ, "x", 1), -EINVAL);
}

/* After a client goes, its LISTEN ends first, and other clients still listen. The hub repeats the
 * request until the port has finished. */
static void test_a_bound_client_that_goes_is_unbound(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s), b = scene_client(s);

    assert_int_equal(LISTEN(s, a, .report = STEPPED), 0);
    assert_int_equal(BIND(s, b, 1), 0);
    assert_int_equal(LISTEN(s, b, .sync = MEM_ACCESS), 0);
    assert_int_equal(s->port.last.owner, b + 1); /* it is the client that answers */
    assert_int_equal(LISTEN(s, a, .report = STEPPED | REFUSED), 0);
    assert_int_equal(s->port.last.owner, b + 1); /* unchanged */
    assert_int_equal(PAUSE(s, b, 0), 0);
    s->port.restarts = 2;
    disconnect(s, b);
    assert_int_equal(s->port.count[ALTVIEW_UNBIND], 3);
    assert_int_equal(s->port.unbind.owner, b + 1);
    assert_int_equal(s->port.unbind.listen.sync, 0);
    assert_int_equal(s->port.unbind.listen.report, STEPPED | REFUSED);
    assert_int_equal(s->port.unbind_owner, 0);
    assert_int_equal(s->port.paused_then, 1);
    assert_int_equal(s->port.pauses[0], 0);
    assert_int_equal(s->port.gone, 0); /* the client's rule has gone with it */
    disconnect(s, a);
    assert_int_equal(s->port.count[ALTVIEW_UNBIND], 3);
}

/* The client's BIND was on the way to the port. */
static void test_who_goes_while_it_binds_is_unbound(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);
    static const struct altview_bind bind = {.owner = 3};

    s->port.mute = true;
    scene_ask(s, a, ALTVIEW_BIND, 1, &bind, sizeof(bind));
    disconnect(s, a);
    s->port.mute = false;
    scene_wait(s, 1500);
    assert_int_equal(s->port.unbind.owner, a + 1);
}

/* A client may take its changes back itself, and go on. */
static void test_unbind_of_a_client(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    assert_int_equal(ASK(s, a, ALTVIEW_UNBIND, altview_unbind, .owner = 4), -EINVAL);
    assert_int_equal(BIND(s, a, 4), 0);
    assert_int_equal(LISTEN(s, a, .sync = MEM_ACCESS), 0);
    assert_int_equal(ASK(s, a, ALTVIEW_UNBIND, altview_unbind, .owner = 3), -EINVAL);
    s->port.restarts = 1;
    assert_int_equal(ASK(s, a, ALTVIEW_UNBIND, altview_unbind, .owner = 4), -ERESTART);
    assert_int_equal(ASK(s, a, ALTVIEW_UNBIND, altview_unbind, .owner = 4), 0);
    assert_int_equal(s->port.unbind.owner, a + 1);
    assert_int_equal(ASK(s, a, ALTVIEW_UNBIND, altview_unbind, .owner = 4), -EINVAL);
    disconnect(s, a);
    assert_int_equal(s->port.count[ALTVIEW_UNBIND], 2);
    assert_int_equal(s->port.gone, 0);
}

/* No client owns the domain's pause: the hub neither counts it nor ends it. */
static void test_the_domains_pause_stays(void **state)
{
    struct scene *s = *state;
    int a = scene_client(s);

    assert_int_equal(ASK(s, a, ALTVIEW_PAUSE, altview_which_vcpu, .flags = ALTVIEW_PAUSE_DOMAIN),
                     0);
    disconnect(s, a);
    assert_int_equal(s->port.count[ALTVIEW_UNPAUSE], 0);
    a = scene_client(s);
    assert_int_equal(UNPAUSE(s, a, 0), -EINVAL);
    assert_int_equal(ASK(s, a, ALTVIEW_UNPAUSE, altview_which_vcpu, .flags = ALTVIEW_PAUSE_DOMAIN),
                     0);
    assert_int_equal(s->port.count[ALTVIEW_UNPAUSE], 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_replies_find_home),
        TEST(test_nothing_is_sent_before_the_hypervisor_listens),
        TEST(test_coming_and_going_asks_nothing),
        TEST(test_a_lost_reply_is_asked_for_again),
        TEST(test_a_late_reply_is_nobodys),
        TEST(test_a_client_may_ask_again),
        TEST(test_what_is_not_known_is_the_ports_to_refuse),
        TEST(test_garbage_harms_nobody),
        TEST(test_pads_are_zero),
        TEST(test_there_is_room_for_so_many),
        TEST(test_memory_is_handed_out),
        TEST(test_memory_is_for_the_runs_user),
        TEST(test_wishes_for_memory_that_are_none),
        TEST(test_owners_are_the_hubs),
        TEST(test_a_bound_client_that_goes_is_unbound),
        TEST(test_who_goes_while_it_binds_is_unbound),
        TEST(test_unbind_of_a_client),
        TEST(test_the_domains_pause_stays),
        TEST(test_pauses_end_with_their_client),
        TEST(test_a_pause_on_its_way_ends_too),
        TEST(test_unpause_is_for_ones_own),
        TEST(test_steps_are_everybodys),
        TEST(test_events_go_to_who_listens),
        TEST(test_one_may_be_synchronous),
        TEST(test_who_may),
        TEST(test_who_is_told),
        TEST(test_what_is_ignored),
        TEST(test_which_msrs),
        TEST(test_one_answers),
        TEST(test_a_synchronous_client_goes),
        TEST(test_a_synchronous_client_of_an_older_port_goes),
        TEST(test_a_synchronous_client_says_farewell),
        TEST(test_rules_are_passed_on),
        TEST(test_a_synchronous_client_only_watches_now),
        TEST(test_a_refused_wish_changes_nothing),
        TEST(test_a_timeout),
        TEST(test_a_client_that_does_not_read),
        TEST(test_a_synchronous_client_that_does_not_read),
        TEST(test_requests_of_who_does_not_read),
        TEST(test_text_is_passed_on),
        TEST(test_an_unfinished_frame_is_given_up),
        TEST(test_a_stall_breaks_no_frame),
        TEST(test_pings),
        TEST(test_a_port_without_frames),
        TEST(test_nothing_is_sent_after_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
