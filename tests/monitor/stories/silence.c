/* SPDX-License-Identifier: BSD-2-Clause */
/* A monitor that does not answer. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <inttypes.h>

#define VALUE      0x51e2ce
#define TIMEOUT_MS 100

/* The listener protects nothing, and its rule says so. */
static void listen_briefly(struct guest *g, uint32_t sync)
{
    const struct altview_listen listen = {.sync = sync,
                                          .report = EVENT(SINGLE_STEP),
                                          .timeout_ms = TIMEOUT_MS,
                                          .flags =
                                              ALTVIEW_LISTEN_UNANSWERED(ALTVIEW_UNANSWERED_LIFT)};

    need("the monitor listens", altview_listen(g->handle, &listen));
}

static void check_timeout(struct guest *g, const struct altview_event *asked)
{
    struct altview_event event = event_next(g);

    check_equal("the timeout is told", ALTVIEW_EVENT_TIMEOUT, event.type);
    check_equal("the timeout is told: of which type", asked->type, event.status);
    check(event.tsc > asked->tsc, "the timeout is told: later", "%" PRIu64 " after %" PRIu64,
          event.tsc, asked->tsc);
}

static void check_access(struct guest *g, unsigned int view)
{
    struct altview_statistics before = guest_statistics(g);
    struct altview_answer answer;
    struct altview_event event;

    guest_put(g, guest_address(g, 0), VALUE);
    guest_restrict(g, view, 0, ACCESS_N);
    listen_briefly(g, EVENT(MEM_ACCESS));
    guest_order(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    event = event_refused(g);
    check_timeout(g, &event);
    guest_check_result(g, "refused access: the guest goes on", VALUE);
    check_equal("refused access: the page is lifted", ACCESS_RWX, guest_access(g, view, 0));
    answer = event_answer(&event, ALTVIEW_ANSWER_DENY);
    answer.vector = VECTOR_GP;
    check_answer("an answer that comes too late", -ESRCH, altview_answer(g->handle, &answer));
    check_equal("counted", before.events_timed_out + 1, guest_statistics(g).events_timed_out);
}

static void check_deaf(struct guest *g, unsigned int view)
{
    guest_restrict(g, view, 1, ACCESS_N);
    guest_do(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    event_check_none(g, "then nobody is asked any more");
    check_equal("then refused pages are lifted", ACCESS_RWX, guest_access(g, view, 1));
}

static void check_vmfunc(struct guest *g, unsigned int view)
{
    struct altview_event event;

    listen_briefly(g, EVENT(VMFUNC_REFUSED));
    guest_order(g, MAILBOX_VMFUNC, 0, 9, 0);
    event = event_next(g);
    check_timeout(g, &event);
    guest_check_trap(g, "refused VMFUNC: #UD", VECTOR_UD);
    check_equal("refused VMFUNC: the view is what it was", view, guest_view(g));
}

static void check_again(struct guest *g, unsigned int view)
{
    struct altview_event event;

    event_listen(g, EVENT(MEM_ACCESS), 0);
    guest_restrict(g, view, 1, ACCESS_N);
    guest_order(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    event = event_refused(g);
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    guest_check_trap(g, "who listens again is asked again", MAILBOX_NO_TRAP);
}

/* A monitor that stops listening while a vCPU waits lets it go on. */
static void check_given_up(struct guest *g, unsigned int view)
{
    struct altview_event event;

    guest_restrict(g, view, 2, ACCESS_N);
    guest_order(g, MAILBOX_READ, guest_address(g, 2), 0, 0);
    event = event_refused(g);
    check_equal("waiting", event.id, guest_vcpu(g).event);
    event_listen(g, 0, 0);
    guest_check_trap(g, "who stops listening lets the vCPU go, by its rule", VECTOR_GP);
    check_equal("  the page stays closed", ACCESS_N, guest_access(g, view, 2));
}

void story_silence(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    need("VMFUNC is turned on", altview_set_vmfunc(g->handle, 0, true));
    check_access(g, view);
    check_deaf(g, view);
    check_vmfunc(g, view);
    check_again(g, view);
    check_given_up(g, view);
}
