/* SPDX-License-Identifier: BSD-2-Clause */
/* The decisions that a view's policy makes by itself, without an event. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include "guests/runtime/boot/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define SEEN   0x5ee1
#define HIDDEN 0x41dde1

#define TIMES 1000

enum page { LIFTED, REPORTED, STEPPED, BEHIND, CODE = 8, POINTER = 10, STACK = 12 };

static void set_policy(struct guest *g, unsigned int view, enum altview_policy policy,
                       unsigned int in)
{
    need("a policy is set", altview_set_policy(g->handle, view, policy, in));
}

static void check_lift(struct guest *g, unsigned int view)
{
    struct altview_statistics before = guest_statistics(g), after;
    uint64_t refused = guest_describe(g, view).violations;

    set_policy(g, view, ALTVIEW_POLICY_LIFT, 0);
    guest_restrict(g, view, LIFTED, ACCESS_R);
    guest_do(g, MAILBOX_WRITE, guest_address(g, LIFTED), SEEN, 0);
    guest_expect(g, guest_address(g, LIFTED), SEEN);
    event_check_none(g, "lift: nobody is asked or told");
    check_equal("lift: the page is rwx", ACCESS_RWX, guest_access(g, view, LIFTED));
    after = guest_statistics(g);
    check_equal("lift: counted", before.policy_lifts + 1, after.policy_lifts);
    check_equal("lift: the view counts it", refused + 1, guest_describe(g, view).violations);
}

static void check_report(struct guest *g, unsigned int view)
{
    struct altview_event event;

    set_policy(g, view, ALTVIEW_POLICY_REPORT, 0);
    guest_restrict(g, view, REPORTED, ACCESS_N);
    for (uint64_t i = 1; i <= 3; i++) {
        guest_do(g, MAILBOX_WRITE, guest_address(g, REPORTED) + 8 * i, i, 0);
        guest_expect(g, guest_address(g, REPORTED) + 8 * i, i);
        event = event_next(g);
        check_equal("report: type", ALTVIEW_EVENT_MEM_ACCESS, event.type);
        check_equal("report: let through", ALTVIEW_OUTCOME_STEPPED, event.outcome);
        check_equal("report: the vCPU does not wait", 0, event.flags & ALTVIEW_EVENT_SYNC);
        check_equal("report: where", 8 * i, event.offset);
    }
    event_check_none(g, "report: one event for each");
    check_equal("report: the restriction stays", ACCESS_N, guest_access(g, view, REPORTED));
}

/* The policy "report" lets an access through without a listener as well. */
static void check_report_unheard(struct guest *g, unsigned int view)
{
    event_listen(g, 0, 0);
    guest_do(g, MAILBOX_WRITE, guest_address(g, REPORTED), 9, 0);
    guest_expect(g, guest_address(g, REPORTED), 9);
    check_equal("report: without a listener the restriction stays, too", ACCESS_N,
                guest_access(g, view, REPORTED));
    event_listen(g, EVENT(MEM_ACCESS), 0);
}

/* Code that reads the page sees it unchanged: the change is in the other view. */
static void check_step(struct guest *g, unsigned int view, unsigned int other)
{
    struct altview_statistics before, after;

    guest_put(g, guest_address(g, STEPPED), HIDDEN);
    guest_put(g, guest_address(g, BEHIND), SEEN);
    need("a page is remapped",
         altview_remap(g->handle, other, guest_gfn(g, STEPPED), guest_gfn(g, BEHIND)));
    set_policy(g, view, ALTVIEW_POLICY_STEP, other);
    guest_restrict(g, view, STEPPED, ACCESS_X);
    before = guest_statistics(g);
    guest_do(g, MAILBOX_READ_MANY, guest_address(g, STEPPED), TIMES, 0);
    guest_check_result(g, "step: each read sees the other view's page", SEEN);
    note("a stepped read takes %" PRIu64 " ticks of the time stamp counter", g->box.tsc / TIMES);
    after = guest_statistics(g);
    event_check_none(g, "step: nobody is asked or told");
    check_equal("step: each is counted", before.policy_steps + TIMES, after.policy_steps);
    check_equal("step: no event was made", before.events_sent, after.events_sent);
    check_equal("step: the view is what it was", view, guest_view(g));
    check_equal("step: the restriction stays", ACCESS_X, guest_access(g, view, STEPPED));
}

/* If the other view refuses the access too, the event is about that view. */
static void check_step_refused(struct guest *g, unsigned int view, unsigned int other)
{
    struct altview_event event;

    guest_restrict(g, other, STEPPED, ACCESS_X);
    guest_order(g, MAILBOX_READ, guest_address(g, STEPPED), 0, 0);
    event = event_refused(g);
    check_equal("step: the other view's own refusal is told as its own", other, event.view);
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    guest_check_result(g, "step: it may be let through there", SEEN);
    check_equal("step: the vCPU is back after that, too", view, guest_view(g));
}

/* The vCPU goes on in the other view, and stays there. */
static void check_switch(struct guest *g, unsigned int view, unsigned int other)
{
    need("all are in the view", altview_switch_to_view(g->handle, view));
    guest_restrict(g, other, STEPPED, ACCESS_RWX);
    set_policy(g, view, ALTVIEW_POLICY_SWITCH, other);
    guest_order(g, MAILBOX_READ, guest_address(g, STEPPED), 0, 0);
    guest_check_result(g, "switch: the read sees the other view's page", SEEN);
    event_check_none(g, "switch: nobody is asked or told");
    check_equal("switch: the vCPU is in the other view", other, guest_view(g));
    check_equal("switch: the restriction stays", ACCESS_X, guest_access(g, view, STEPPED));
    check_answer("switch: no circle", -EINVAL,
                 altview_set_policy(g->handle, other, ALTVIEW_POLICY_SWITCH, view));
    need("all are in the view again", altview_switch_to_view(g->handle, view));
    set_policy(g, view, ALTVIEW_POLICY_STEP, other);
}

static void check_settings(struct guest *g, unsigned int view, unsigned int other)
{
    struct altview_view seen = guest_describe(g, view);

    check_equal("listed: policy", ALTVIEW_POLICY_STEP, seen.policy);
    check_equal("listed: its view", other, seen.policy_view);
    check_answer("a view can't be its own", -EINVAL,
                 altview_set_policy(g->handle, view, ALTVIEW_POLICY_STEP, view));
    check_answer("nor one that is not live", -EINVAL,
                 altview_set_policy(g->handle, view, ALTVIEW_POLICY_STEP, 9));
    check_answer("a view that is not live has none", -EINVAL,
                 altview_set_policy(g->handle, 9, ALTVIEW_POLICY_LIFT, 0));
    check_equal("a refused policy changes nothing", ALTVIEW_POLICY_STEP,
                guest_describe(g, view).policy);
    need("the other view is destroyed", altview_destroy_view(g->handle, other));
    check_equal("without that view there is no policy", ALTVIEW_POLICY_NONE,
                guest_describe(g, view).policy);
}

/* Code with a far call, through a pointer, onto another stack: each of the three crosses a page
 * end. With the descriptor and the page tables one instruction then needs more than eight pages.
 * Returns its start. */
static uint64_t put_far_call(struct guest *g, uint64_t stack, uint64_t pointer)
{
    uint8_t code[] = {
        0xb8, 0x07, 0x00, 0x00, 0x00,          /*  0: mov $7, %eax */
        0x48, 0xbe, 0,    0,    0,    0, 0, 0, /*  5: mov $pointer, %rsi */
        0,    0,                               /* */
        0x49, 0x89, 0xe3,                      /* 15: mov %rsp, %r11 */
        0x48, 0xbc, 0,    0,    0,    0, 0, 0, /* 18: mov $stack, %rsp */
        0,    0,                               /* */
        0xff, 0x1e,                            /* 28: lcall *(%rsi) */
        0x4c, 0x89, 0xdc,                      /* 30: mov %r11, %rsp */
        0xc3,                                  /* 33: ret */
        0xcb,                                  /* 34: lret */
    };
    uint64_t at = guest_address(g, CODE + 1) - 29;
    const uint16_t target[3] = {(uint16_t)(at + 34), (uint16_t)((at + 34) >> 16), LAYOUT_CODE64};

    memcpy(code + 7, &pointer, sizeof(pointer));
    memcpy(code + 20, &stack, sizeof(stack));
    guest_put_bytes(g, at, code, sizeof(code));
    guest_put_bytes(g, pointer, target, sizeof(target));
    guest_expect_bytes(g, stack - 4, &(uint32_t){LAYOUT_CODE64}, 4);
    guest_expect_bytes(g, stack - 8, &(uint32_t){(uint32_t)at + 30}, 4);
    return at;
}

static unsigned int nothing; /* a view that allows nothing */

/* While the guest waits for an order, their number grows all the time. */
static bool is_refused_often(struct guest *g)
{
    return guest_describe(g, nothing).violations > TIMES;
}

/* The hypervisor lends each instruction all pages that it touches. */
static void check_report_all(struct guest *g, unsigned int back)
{
    uint64_t pointer = guest_address(g, POINTER + 1) - 3, stack = guest_address(g, STACK + 1) + 4;
    uint64_t code = put_far_call(g, stack, pointer);

    need("a view of nothing is created", altview_create_view(g->handle, ACCESS_N, &nothing));
    set_policy(g, nothing, ALTVIEW_POLICY_REPORT, 0);
    event_listen(g, 0, 0); /* there would be an event for each */
    need("all are in it", altview_switch_to_view(g->handle, nothing));
    guest_do(g, MAILBOX_CALL, code, 0, 0);
    guest_check_result(g, "report all: more than eight pages in one instruction", 7);
    guest_wait_until(g, is_refused_often, "report all: nothing was lifted for good");
    need("all are in the first view again", altview_switch_to_view(g->handle, back));
    need("the view of nothing is destroyed", altview_destroy_view(g->handle, nothing));
}

void story_policies(struct guest *g)
{
    unsigned int view, other;

    need("another view is created", altview_create_view(g->handle, ACCESS_RWX, &other));
    view = guest_new_view(g);
    event_listen(g, EVENT(MEM_ACCESS), 0);
    check_lift(g, view);
    check_report(g, view);
    check_report_unheard(g, view);
    check_step(g, view, other);
    check_step_refused(g, view, other);
    check_switch(g, view, other);
    check_settings(g, view, other);
    check_report_all(g, view);
}
