/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest traces itself (RFLAGS.TF), with interrupts on, over pages that the monitor has closed.
 * Whatever lets an access through, each instruction traps once, after its end. */
#include "check.h"
#include "event.h"
#include "stories.h"

enum page { FROM, TO, CODE = 8, SHORT_CODE };

static const uint8_t code[] = {
    0x48, 0x8b, 0x06, /*  0: mov (%rsi), %rax */
    0x48, 0x89, 0x07, /*  3: mov %rax, (%rdi) */
    0x48, 0xa5,       /*  6: movsq: both pages */
    0x8c, 0xd2,       /*  8: mov %ss, %edx */
    0x8e, 0xd2,       /* 10: mov %edx, %ss: holds its trap off */
    0x48, 0x8b, 0x06, /* 12: mov (%rsi), %rax */
    0xfa,             /* 15: cli */
    0x48, 0x8b, 0x06, /* 16: mov (%rsi), %rax */
    0xfb,             /* 19: sti */
    0x48, 0x8b, 0x06, /* 20: mov (%rsi), %rax */
    0xc3,             /* 23: ret */
};
/* The places of due traps: after the call, and after each instruction except the one at 10. */
static const uint8_t trapped[] = {0, 3, 6, 8, 10, 15, 16, 19, 20, 23};

/* Each instruction is an event of its own here, and so are those of the guest's handler. */
static const uint8_t short_code[] = {
    0x48, 0x8b, 0x06, /* 0: mov (%rsi), %rax */
    0x48, 0xa5,       /* 3: movsq: both pages */
    0xc3,             /* 5: ret */
};
static const uint8_t short_trapped[] = {0, 3, 5};

static uint64_t traps_at(const uint8_t *offsets, size_t count)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < count; i++) {
        bits |= UINT64_C(1) << offsets[i];
    }
    return (uint64_t)count << 32 | bits;
}

static uint64_t expected(void)
{
    return traps_at(trapped, sizeof(trapped));
}

static void begin_at(struct guest *g, unsigned int view, enum page function)
{
    guest_restrict(g, view, FROM, ACCESS_N);
    guest_restrict(g, view, TO, ACCESS_N);
    guest_order(g, MAILBOX_TRACE, guest_address(g, function), guest_address(g, FROM),
                guest_address(g, TO));
}

static void begin(struct guest *g, unsigned int view)
{
    begin_at(g, view, CODE);
}

/* Answer every event until the guest has finished. */
static void answer_all(struct guest *g, uint32_t refused, unsigned int in)
{
    struct altview_event event;

    while (!guest_is_done(g)) {
        if (event_try(g, &event, 20) && event.flags & ALTVIEW_EVENT_SYNC) {
            event_reply_view(g, &event, event.type == ALTVIEW_EVENT_MEM_ACCESS ? refused : 0, in);
        }
    }
}

static void check_policies(struct guest *g, unsigned int view, unsigned int open)
{
    static const struct {
        const char *what;
        enum altview_policy policy;
    } rows[] = {
        {"policy step: the trace is complete", ALTVIEW_POLICY_STEP},
        {"policy report: the trace is complete", ALTVIEW_POLICY_REPORT},
        {"policy lift: the trace is complete", ALTVIEW_POLICY_LIFT},
    };

    for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        need("a policy is set",
             altview_set_policy(g->handle, view, rows[i].policy,
                                rows[i].policy == ALTVIEW_POLICY_STEP ? open : 0));
        begin(g, view);
        guest_check_result(g, rows[i].what, expected());
    }
    need("the policy is taken back", altview_set_policy(g->handle, view, ALTVIEW_POLICY_NONE, 0));
}

static void check_answers(struct guest *g, unsigned int view, unsigned int open)
{
    event_listen(g, EVENT(MEM_ACCESS), 0);
    begin(g, view);
    answer_all(g, ALTVIEW_ANSWER_STEP, view);
    guest_check_result(g, "let through: the trace is complete", expected());
    begin(g, view);
    answer_all(g, ALTVIEW_ANSWER_STEP, open);
    guest_check_result(g, "stepped in another view: the trace is complete", expected());
    begin(g, view);
    answer_all(g, ALTVIEW_ANSWER_LIFT, 0);
    guest_check_result(g, "lifted: the trace is complete", expected());
}

/* The monitor steps the guest, too. */
static void check_single_steps(struct guest *g, unsigned int view)
{
    uint64_t last = guest_address(g, SHORT_CODE) + short_trapped[sizeof(short_trapped) - 1];
    struct altview_event event;

    event_listen(g, EVENT(MEM_ACCESS) | EVENT(SINGLE_STEP), 0);
    begin_at(g, view, SHORT_CODE);
    event = event_refused(g);
    need("single steps are turned on", altview_single_step(g->handle, 0, true));
    while (event.type != ALTVIEW_EVENT_SINGLE_STEP || event.general.rip != last) {
        event_reply_view(g, &event,
                         event.type == ALTVIEW_EVENT_MEM_ACCESS ? ALTVIEW_ANSWER_STEP : 0, view);
        event = event_next(g);
    }
    need("single steps are turned off", altview_single_step(g->handle, 0, false));
    event_reply(g, &event, 0);
    guest_check_result(g, "single-stepped: the trace is complete",
                       traps_at(short_trapped, sizeof(short_trapped)));
}

void story_traps(struct guest *g)
{
    unsigned int view = guest_new_view(g), open;

    need("a view is made", altview_create_view(g->handle, ACCESS_RWX, &open));
    guest_put_bytes(g, guest_address(g, CODE), code, sizeof(code));
    guest_put_bytes(g, guest_address(g, SHORT_CODE), short_code, sizeof(short_code));
    check_policies(g, view, open);
    check_answers(g, view, open);
    check_single_steps(g, view);
    event_listen(g, 0, 0);
}
