/* SPDX-License-Identifier: BSD-2-Clause */
/* A breakpoint in a copy of the guest's code that only one view shows, as an introspection tool
 * sets it. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <string.h>

#define CODE   1 /* pages of the area */
#define COPY   2
#define OFFSET 0x40
#define RESULT 0x5a

#define INT3 0xcc
#define RET  0xc3

/* mov $RESULT, %eax; ret */
static const uint8_t function[] = {0xb8, RESULT, 0, 0, 0, RET};
static const uint8_t int3 = INT3;

static void put(struct guest *g, unsigned int page, const uint8_t *bytes, size_t size)
{
    guest_put_bytes(g, guest_address(g, page) + OFFSET, bytes, size);
}

static void set_policy(struct guest *g, unsigned int view, enum altview_policy policy)
{
    need("a policy is set", altview_set_policy(g->handle, view, policy, 0));
}

static uint64_t code(struct guest *g)
{
    return guest_address(g, CODE) + OFFSET;
}

static void call(struct guest *g, const char *what)
{
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    guest_check_result(g, what, RESULT);
}

static void check_trap(struct guest *g, const char *what)
{
    guest_check_trap(g, what, VECTOR_BP);
    check_equal("behind the INT3", code(g) + 1, g->box.ip);
}

static struct altview_event called(struct guest *g)
{
    struct altview_event event;

    guest_order(g, MAILBOX_CALL, code(g), 0, 0);
    event = event_next(g);
    check_equal("type", ALTVIEW_EVENT_BREAKPOINT, event.type);
    check_equal("the vCPU waits", ALTVIEW_EVENT_SYNC, event.flags & ALTVIEW_EVENT_SYNC);
    check_equal("where", code(g), event.gla);
    check_equal("RIP", code(g), event.general.rip);
    check_equal("the instruction", INT3, event.instruction[0]);
    return event;
}

/* Reads get the original's bytes, step by step. */
static void check_hidden(struct guest *g)
{
    uint64_t original = 0;

    memcpy(&original, function, sizeof(function));
    guest_do(g, MAILBOX_READ, code(g), 0, 0);
    guest_check_result(g, "the guest reads its code as it was", original);
}

static void check_answers(struct guest *g)
{
    struct altview_event event = called(g);

    event_reply_view(g, &event, ALTVIEW_ANSWER_STEP, 0);
    guest_check_result(g, "stepped in view 0: the original runs", RESULT);
    event = called(g);
    event_deny(g, &event, VECTOR_BP, 0, 0);
    check_trap(g, "denied: the guest gets its #BP");
    event = called(g);
    event_reply(g, &event, 0);
    event = event_next(g);
    check_equal("answered with nothing: it comes again", ALTVIEW_EVENT_BREAKPOINT, event.type);
    event_reply_view(g, &event, ALTVIEW_ANSWER_STEP, 0);
    guest_check_result(g, "and runs at last", RESULT);
}

/* The view's policy steps reads in view 0, and INT3 too. */
static void check_told(struct guest *g)
{
    struct altview_event event;

    event_listen(g, 0, EVENT(BREAKPOINT));
    call(g, "only reported: the original runs");
    event = event_next(g);
    check_equal("only reported: type", ALTVIEW_EVENT_BREAKPOINT, event.type);
    check_equal("only reported: what became of it", ALTVIEW_OUTCOME_STEPPED, event.outcome);
    event_listen(g, EVENT(MEM_ACCESS), 0);
    call(g, "nobody listens: the original runs");
    event_check_none(g, "nobody listens: no event");
}

/* The original is an INT3 too: when stepped, it is the guest's, and the monitor gets it once. */
static void check_own(struct guest *g, unsigned int view)
{
    struct altview_event event;

    event_listen(g, EVENT(BREAKPOINT), 0);
    put(g, CODE, &int3, 1);
    event = called(g);
    event_reply_view(g, &event, ALTVIEW_ANSWER_STEP, 0);
    guest_wait(g);
    check_trap(g, "the guest's own, stepped: #BP");
    event_check_none(g, "the guest's own, stepped: told once");
    set_policy(g, view, ALTVIEW_POLICY_NONE);
    event_listen(g, 0, EVENT(BREAKPOINT));
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    check_trap(g, "without a policy: #BP");
    event = event_next(g);
    check_equal("without a policy: what became of it", ALTVIEW_OUTCOME_DENIED, event.outcome);
    event_listen(g, 0, 0);
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    check_trap(g, "nobody listens: #BP");
    put(g, CODE, function, 1);
}

/* Without a policy, only INT3 makes the vCPU leave the guest there. */
static void check_bare(struct guest *g, unsigned int view)
{
    struct altview_event event;

    guest_restrict(g, view, CODE, ACCESS_RX);
    event_listen(g, EVENT(BREAKPOINT), 0);
    event = called(g);
    event_reply_view(g, &event, ALTVIEW_ANSWER_STEP, 0);
    guest_check_result(g, "in a page that may be read: the original runs", RESULT);
    event = called(g);
    event_deny(g, &event, VECTOR_BP, 0, 0);
    check_trap(g, "in a page that may be read, denied: #BP");
    event_listen(g, 0, 0);
    guest_do(g, MAILBOX_CALL, code(g), 0, 0);
    check_trap(g, "in a page that may be read, nobody listens: #BP");
}

void story_breakpoints(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    put(g, CODE, function, sizeof(function));
    put(g, COPY, function, sizeof(function));
    put(g, COPY, &int3, 1);
    call(g, "before: the function works");
    need("the copy is shown",
         altview_remap(g->handle, view, guest_gfn(g, CODE), guest_gfn(g, COPY)));
    guest_restrict(g, view, CODE, ACCESS_X);
    set_policy(g, view, ALTVIEW_POLICY_STEP);
    event_listen(g, EVENT(BREAKPOINT), 0);
    check_hidden(g);
    check_answers(g);
    check_told(g);
    check_own(g, view);
    check_bare(g, view);
}
