/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor sets registers and injects events at moments when VM entry accepts only some (SDM
 * Vol. 3C 27.3.1.5): after STI, and in HLT. The debug build checks each entry. */
#include "check.h"
#include "event.h"
#include "stories.h"

#define RFLAGS_IF UINT64_C(0x200)

enum page { CLOSED, CODE = 8 };

static const uint8_t code[] = {
    0xfa,                               /*  0: cli */
    0xfb,                               /*  1: sti: holds interrupts off for one instruction */
    0x48, 0xa1, 0, 0, 0, 0, 0, 0, 0, 0, /*  2: mov (address), %rax */
    0xfa,                               /* 12: cli */
    0xc3,                               /* 13: ret */
};
#define ADDRESS_AT 4

/* The monitor sets the flags while STI blocks interrupts: the change ends the blocking. */
static void check_behind_sti(struct guest *g, unsigned int view, const char *what, uint64_t clear)
{
    struct altview_event event;
    struct altview_answer answer;

    guest_restrict(g, view, CLOSED, ACCESS_N);
    guest_order(g, MAILBOX_CALL, guest_address(g, CODE), 0, 0);
    event = event_refused(g);
    answer = event_answer(&event, ALTVIEW_ANSWER_STEP | ALTVIEW_ANSWER_SET);
    answer.mask = ALTVIEW_SET_RFLAGS;
    answer.view = (uint16_t)view;
    answer.general.rflags = event.general.rflags & ~clear;
    need("an answer with registers is taken", altview_answer(g->handle, &answer));
    guest_check_result(g, what, 0);
}

static const uint8_t sleeps[] = {
    0xfb, /* 0: sti */
    0xf4, /* 1: hlt */
    0xfa, /* 2: cli */
    0xc3, /* 3: ret */
};

/* A vCPU in single steps goes to sleep: the monitor gets an event, and its answer raises an
 * exception. */
static void check_in_hlt(struct guest *g, unsigned int view)
{
    struct altview_event event;
    uint64_t at = guest_address(g, CODE);

    guest_put_bytes(g, at, sleeps, sizeof(sleeps));
    event_listen(g, EVENT(MEM_ACCESS) | EVENT(SINGLE_STEP), 0);
    guest_restrict(g, view, CODE, ACCESS_RW);
    guest_order(g, MAILBOX_CALL, at, 0, 0);
    event = event_refused(g);
    need("single steps are turned on", altview_single_step(g->handle, 0, true));
    event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    for (uint64_t behind = check_is_made("to HLT: a step of STI") ? 1 : 2; behind <= 2; behind++) {
        event = event_next(g);
        check_equal("to HLT: each instruction is told", at + behind, event.general.rip);
        if (behind == 1) {
            event_reply(g, &event, 0);
        }
    }
    need("single steps are turned off", altview_single_step(g->handle, 0, false));
    event_deny(g, &event, VECTOR_UD, 0, 0);
    guest_check_trap(g, "in HLT: the exception comes", VECTOR_UD);
}

void story_entries(struct guest *g)
{
    unsigned int view = guest_new_view(g);
    uint64_t closed = guest_address(g, CLOSED);

    guest_put_bytes(g, guest_address(g, CODE), code, sizeof(code));
    guest_put_bytes(g, guest_address(g, CODE) + ADDRESS_AT, &closed, sizeof(closed));
    event_listen(g, EVENT(MEM_ACCESS), 0);
    check_behind_sti(g, view, "behind STI: IF is cleared", RFLAGS_IF);
    check_behind_sti(g, view, "behind STI: as they were", 0);
    check_in_hlt(g, view);
    event_listen(g, 0, 0);
}
