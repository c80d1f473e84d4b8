/* SPDX-License-Identifier: BSD-2-Clause */
/* Every answer except a denial, to a read or write that a view refuses. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>

#define VALUE 0x600d0000
#define OTHER 0xbad00000

enum page { PLAIN, LIFTED, ONCE, SWITCHED, ELSEWHERE, SHOWN, FAKED, FROM, TO, LONG /* two */ };

/* After "go on" without a change the same event comes again. */
static void check_again(struct guest *g, unsigned int view)
{
    uint64_t address = guest_address(g, PLAIN);
    struct altview_event first, second;

    guest_put(g, address, VALUE);
    guest_restrict(g, view, PLAIN, ACCESS_N);
    guest_order(g, MAILBOX_READ, address, 0, 0);
    first = event_refused(g);
    event_reply(g, &first, 0);
    second = event_refused(g);
    check(second.id > first.id && second.general.rip == first.general.rip,
          "continue: refused again while nothing has changed", "it is another access");
    guest_restrict(g, view, PLAIN, ACCESS_R);
    event_reply(g, &second, 0);
    guest_check_result(g, "continue: done once the access has been widened", VALUE);
    check_equal("continue: access is what the monitor set", ACCESS_R, guest_access(g, view, PLAIN));
}

static void check_lift(struct guest *g, unsigned int view)
{
    uint64_t address = guest_address(g, LIFTED);
    struct altview_event event;

    guest_restrict(g, view, LIFTED, ACCESS_R);
    guest_order(g, MAILBOX_WRITE, address, VALUE, 0);
    event = event_refused(g);
    event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    guest_check_trap(g, "lift: done", MAILBOX_NO_TRAP);
    guest_expect(g, address, VALUE);
    check_equal("lift: the page is rwx", ACCESS_RWX, guest_access(g, view, LIFTED));
    guest_do(g, MAILBOX_READ, address, 0, 0);
    guest_check_result(g, "lift: what was written is there", VALUE);
}

static void check_once(struct guest *g, unsigned int view)
{
    uint64_t address = guest_address(g, ONCE);
    struct altview_event event;

    guest_restrict(g, view, ONCE, ACCESS_N);
    for (unsigned int i = 0; i < 2; i++) {
        guest_order(g, MAILBOX_WRITE, address, VALUE + i, 0);
        event = event_refused(g);
        event_reply(g, &event, ALTVIEW_ANSWER_STEP);
        guest_check_trap(g, i ? "once: refused and let through again" : "once: let through",
                         MAILBOX_NO_TRAP);
        guest_expect(g, address, VALUE + i);
        check_equal("once: the restriction stays", ACCESS_N, guest_access(g, view, ONCE));
    }
}

/* The other view shows another page there, so the read value tells which view the guest was in. */
static void check_switch(struct guest *g, unsigned int view, unsigned int other)
{
    uint64_t address = guest_address(g, SWITCHED);
    struct altview_event event;

    guest_put(g, address, VALUE);
    guest_restrict(g, view, SWITCHED, ACCESS_N);
    need("a page is remapped",
         altview_remap(g->handle, other, guest_gfn(g, SWITCHED), guest_gfn(g, SHOWN)));
    guest_order(g, MAILBOX_READ, address, 0, 0);
    event = event_refused(g);
    event_reply_view(g, &event, ALTVIEW_ANSWER_SWITCH, other);
    guest_check_result(g, "switch: the read sees the other view's page", OTHER);
    check_equal("switch: the vCPU stays there", other, guest_view(g));
    need("the guest is switched back", altview_switch_to_view(g->handle, view));
}

static void check_step_in(struct guest *g, unsigned int view, unsigned int other)
{
    uint64_t address = guest_address(g, ELSEWHERE);
    struct altview_event event;

    guest_put(g, address, VALUE);
    guest_restrict(g, view, ELSEWHERE, ACCESS_N);
    need("a page is remapped",
         altview_remap(g->handle, other, guest_gfn(g, ELSEWHERE), guest_gfn(g, SHOWN)));
    need("the other view is hidden", altview_set_visibility(g->handle, other, false));
    for (unsigned int i = 0; i < 2; i++) {
        guest_order(g, MAILBOX_READ, address, 0, 0);
        event = event_refused(g);
        event_reply_view(g, &event, ALTVIEW_ANSWER_STEP, other);
        guest_check_result(g,
                           i ? "step elsewhere: a second read is asked about, too"
                             : "step elsewhere: the read sees that view's page",
                           OTHER);
        check_equal("step elsewhere: the vCPU is back", view, guest_view(g));
    }
    check_equal("step elsewhere: the restriction stays", ACCESS_N,
                guest_access(g, view, ELSEWHERE));
    need("the other view is shown", altview_set_visibility(g->handle, other, true));
}

/* The monitor executes the instruction itself: a value in RAX, RIP after the instruction. */
static void check_registers(struct guest *g, unsigned int view)
{
    struct altview_answer answer;
    struct altview_event event;

    guest_put(g, guest_address(g, FAKED), VALUE);
    guest_restrict(g, view, FAKED, ACCESS_N);
    guest_order(g, MAILBOX_READ, guest_address(g, FAKED), 0, 0);
    event = event_refused(g);
    answer = event_answer(&event, ALTVIEW_ANSWER_SET);
    answer.mask = ALTVIEW_SET_GPRS | ALTVIEW_SET_RIP;
    answer.general.gpr[0] = 0x0123456789abcdef;
    answer.general.rip += sizeof((uint8_t[]){MAILBOX_READ_CODE});
    need("new registers are taken", altview_answer(g->handle, &answer));
    guest_check_result(g, "registers: the guest goes on with them", 0x0123456789abcdef);
    check_equal("registers: the restriction stays", ACCESS_N, guest_access(g, view, FAKED));
}

/* The monitor may also change the address register: then the same instruction accesses another
 * page. */
static void check_elsewhere(struct guest *g)
{
    struct altview_answer answer;
    struct altview_event event;

    guest_order(g, MAILBOX_READ, guest_address(g, FAKED), 0, 0);
    event = event_refused(g);
    answer = event_answer(&event, ALTVIEW_ANSWER_SET);
    answer.mask = ALTVIEW_SET_GPRS;
    answer.general.gpr[6] = guest_address(g, SHOWN);
    need("new registers are taken", altview_answer(g->handle, &answer));
    guest_check_result(g, "registers: the instruction is executed with them", OTHER);
}

/* One instruction with two refused accesses: one event after the other. */
static void check_both(struct guest *g, unsigned int view)
{
    uint64_t to = guest_address(g, TO), from = guest_address(g, FROM);
    struct altview_event event;

    guest_put(g, from, VALUE + 7);
    guest_restrict(g, view, FROM, ACCESS_N);
    guest_restrict(g, view, TO, ACCESS_N);
    guest_order(g, MAILBOX_MOVE, to, from, 0);
    event = event_refused(g);
    check_equal("two pages: first the read", guest_gfn(g, FROM), event.gfn);
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    event = event_refused(g);
    check_equal("two pages: then the write", guest_gfn(g, TO), event.gfn);
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    guest_check_trap(g, "two pages: the instruction is done", MAILBOX_NO_TRAP);
    guest_expect(g, to, VALUE + 7);
    check_equal("two pages: the first restriction stays", ACCESS_N, guest_access(g, view, FROM));
    check_equal("two pages: the second restriction stays", ACCESS_N, guest_access(g, view, TO));
}

/* A string instruction goes on where it stopped, page by page. */
static void check_long(struct guest *g, unsigned int view)
{
    static const char text[] = "from one page to the next, by a single instruction";
    uint64_t from = guest_address(g, SHOWN) + 64, to = guest_address(g, LONG + 1) - 20;
    struct altview_event event;

    guest_put_bytes(g, from, text, sizeof(text));
    guest_restrict(g, view, LONG, ACCESS_R);
    guest_restrict(g, view, LONG + 1, ACCESS_R);
    guest_order(g, MAILBOX_COPY, to, from, sizeof(text));
    for (unsigned int i = 0; i < 2; i++) {
        event = event_refused(g);
        check_equal(i ? "long copy: the second page" : "long copy: the first page",
                    guest_gfn(g, LONG + i), event.gfn);
        event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    }
    guest_check_result(g, "long copy: done", 0);
    guest_expect_bytes(g, to, text, sizeof(text));
}

void story_answers(struct guest *g)
{
    unsigned int view, other;

    need("another view is created", altview_create_view(g->handle, ACCESS_RWX, &other));
    view = guest_new_view(g);
    guest_put(g, guest_address(g, SHOWN), OTHER);
    event_listen(g, EVENT(MEM_ACCESS), 0);
    check_again(g, view);
    check_lift(g, view);
    check_once(g, view);
    check_switch(g, view, other);
    check_step_in(g, view, other);
    check_registers(g, view);
    check_elsewhere(g);
    check_both(g, view);
    check_long(g, view);
    event_check_none(g, "no event but those");
}
