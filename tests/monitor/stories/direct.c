/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's port itself. Nothing between compensates for a peer that goes or falls
 * silent. */
#include "attacks.h"
#include "bridge.h"
#include "check.h"
#include "event.h"
#include "raw.h"
#include "stories.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define VALUE      0xd12ec7
#define TIMEOUT_MS 200
#define TRIES      12
#define QUIET_MS   1000

/*
 * The line may still be busy with replies to the last peer. The port may still wait for the rest of
 * a frame, which it gives up after a silence. It measures the silence by the machine's time, so the
 * test is silent for longer each time.
 */
static void reopen(struct guest *g)
{
    int rc = -ETIMEDOUT;

    for (unsigned int i = 0; i < TRIES && rc == -ETIMEDOUT; i++) {
        sleep_ms(i * QUIET_MS);
        rc = altview_open(g->where, 0, &g->handle);
    }
    need("connected again", rc);
}

/* Like another connection, which the machine does not notice: it only sees bytes. */
static void check_attack(struct guest *g, const struct attack *attack)
{
    static char text[128];

    altview_close(g->handle);
    attack->run(g->where);
    reopen(g);
    guest_do(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    snprintf(text, sizeof(text), "%s: the guest and its port go on", attack->name);
    guest_check_result(g, text, VALUE);
}

static void check_counted(struct guest *g)
{
    struct altview_statistics statistics = guest_statistics(g);

    check(statistics.stray_bytes > 5000, "what was no frame is counted", "%" PRIu64,
          statistics.stray_bytes);
    check(statistics.bad_frames > 0, "what looked like a frame, too", "%" PRIu64,
          statistics.bad_frames);
}

static int listen_by_hand(const char *where)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS), .timeout_ms = TIMEOUT_MS};
    int fd = raw_open(where);

    raw_request(fd, ALTVIEW_LISTEN, 1, &listen, sizeof(listen));
    check_answer("a peer listens", 0, raw_reply(fd, 1));
    return fd;
}

/* The client gets an event, and sends nothing more: another client's requests are not an answer. */
static void check_silent_while_asked(struct guest *g, unsigned int view)
{
    struct altview_statistics before = guest_statistics(g);

    guest_put(g, guest_address(g, 1), VALUE);
    guest_restrict(g, view, 1, ACCESS_N);
    altview_close(g->handle);
    close(listen_by_hand(g->where));
    reopen(g);
    guest_order(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    guest_check_trap(g, "silent while asked: the guest goes on, with a #GP", VECTOR_GP);
    check_equal("silent while asked: counted", before.events_timed_out + 1,
                guest_statistics(g).events_timed_out);
    check_equal("silent while asked: the page stays closed", ACCESS_N, guest_access(g, view, 1));
}

/* The client sends half an answer, then nothing. */
static void check_half_an_answer(struct guest *g, unsigned int view)
{
    const struct altview_answer answer = {.actions = ALTVIEW_ANSWER_DENY, .vector = VECTOR_GP};
    _Alignas(8) uint8_t frame[FRAME_MAX];
    size_t size = raw_frame(frame, ALTVIEW_ANSWER, 9, &answer, sizeof(answer));
    int fd;

    guest_restrict(g, view, 1, ACCESS_N);
    altview_close(g->handle);
    close(listen_by_hand(g->where));
    reopen(g);
    guest_order(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    altview_close(g->handle);
    fd = raw_open(g->where);
    raw_send(fd, frame, size / 2, PATIENCE);
    sleep_ms(5 * TIMEOUT_MS);
    close(fd);
    reopen(g);
    guest_check_trap(g, "half an answer: the guest goes on, with a #GP", VECTOR_GP);
}

/* The machine's time counts, and any request ends a silence. So each silence is longer. */
static void reopen_after_silence(struct guest *g)
{
    for (unsigned int i = 0; i < TRIES; i++) {
        sleep_ms((i + 1) * QUIET_MS);
        reopen(g);
        if (!guest_vcpu(g).flags) {
            return;
        }
        altview_close(g->handle);
    }
    reopen(g);
}

static void check_silent_while_paused(struct guest *g)
{
    const struct altview_listen listen = {.report = EVENT(SHUTDOWN), .timeout_ms = TIMEOUT_MS};
    const struct altview_which_vcpu vcpu = {0};
    int fd;

    altview_close(g->handle);
    fd = raw_open(g->where);
    raw_request(fd, ALTVIEW_LISTEN, 1, &listen, sizeof(listen));
    raw_request(fd, ALTVIEW_PAUSE, 2, &vcpu, sizeof(vcpu));
    check_answer("a peer pauses the guest", 0, raw_reply(fd, 2));
    close(fd);
    reopen_after_silence(g);
    check_equal("silent while paused: the pause has ended", 0, guest_vcpu(g).flags);
    guest_do(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    guest_check_result(g, "silent while paused: the guest goes on", VALUE);
}

/* The test cuts the line while the guest waits for an answer. The guest goes on by itself to its
 * end, by the monitor's rule. */
static void check_cut(struct guest *g, unsigned int view)
{
    const struct altview_listen listen = {.sync = EVENT(MEM_ACCESS),
                                          .timeout_ms = TIMEOUT_MS,
                                          .flags =
                                              ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_LIFT)};
    struct altview_event event;

    guest_restrict(g, view, 1, ACCESS_N);
    need("the monitor listens", altview_listen(g->handle, &listen));
    guest_order(g, MAILBOX_END, 0, guest_address(g, 1), 0);
    event = event_refused(g);
    check_equal("cut off: the guest waits", guest_gfn(g, 1), event.gfn);
    bridge_cut();
    altview_close(g->handle);
}

void story_direct(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    guest_put(g, guest_address(g, 0), VALUE);
    for (unsigned int i = 0; i < attack_count; i++) {
        check_attack(g, &attacks[i]);
    }
    check_counted(g);
    check_silent_while_asked(g, view);
    check_half_an_answer(g, view);
    check_silent_while_paused(g);
    check_cut(g, view);
}
