/* SPDX-License-Identifier: BSD-2-Clause */
/* A monitor closes a page and does not answer: not in time, or because it has gone. The page stays
 * closed, by the monitor's rule. The guest does not survive the last rule. */
#include "check.h"
#include "event.h"
#include "raw.h"
#include "stories.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define SECRET         0x5ec2e7
#define TIMEOUT_MS     100
#define STATUS_STOPPED 71

static const struct row {
    const char *name;
    enum altview_unanswered rule;
    int vector;
    uint32_t error_code;
} rows[] = {
    {"no rule is given: #GP", ALTVIEW_UNANSWERED_DEFAULT, VECTOR_GP, 0},
    {"deny with #UD", ALTVIEW_UNANSWERED_DENY_UD, VECTOR_UD, 0},
    {"deny with #PF", ALTVIEW_UNANSWERED_DENY_PF, VECTOR_PF, 1},
    {"lift", ALTVIEW_UNANSWERED_LIFT, MAILBOX_NO_TRAP, 0},
};

static struct altview_listen listen_by(enum altview_unanswered rule)
{
    return (struct altview_listen){.sync = EVENT(MEM_ACCESS),
                                   .timeout_ms = TIMEOUT_MS,
                                   .flags = ALTVIEW_LISTEN_UNANSWERED(rule)};
}

static const char *of(const struct row *row, const char *what)
{
    static char text[128];

    snprintf(text, sizeof(text), "%s: %s", row->name, what);
    return text;
}

/* Either the read was denied, or it gave the required value. */
static void check_outcome(struct guest *g, const struct row *row, unsigned int view)
{
    bool lifts = row->vector == MAILBOX_NO_TRAP;

    guest_check_trap(g, row->name, row->vector);
    check(lifts == (g->box.result == SECRET), "  the secret is not read unless it is lifted",
          "the guest has read %#" PRIx64, g->box.result);
    check_equal("  the page is as closed as it was, unless it is lifted",
                lifts ? ACCESS_RWX : ACCESS_N, guest_access(g, view, 0));
    if (!lifts) {
        check_equal(of(row, "its error code"), row->error_code, g->box.error_code);
    }
    if (row->vector == VECTOR_PF) {
        check_equal(of(row, "its CR2"), guest_address(g, 0), g->box.cr2);
    }
}

static void order_read(struct guest *g)
{
    guest_order(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
}

/* The guest would print the value that it reads. */
static void order_end(struct guest *g)
{
    guest_order(g, MAILBOX_END, 0, guest_address(g, 0), 0);
}

static void run_row(struct guest *g, const struct row *row, unsigned int view)
{
    const struct altview_listen listen = listen_by(row->rule);
    struct altview_event event;

    guest_restrict(g, view, 0, ACCESS_N);
    need("the monitor listens", altview_listen(g->handle, &listen));
    order_read(g);
    event_refused(g);
    event = event_next(g);
    check_equal("the timeout is told", ALTVIEW_EVENT_TIMEOUT, event.type);
    check_outcome(g, row, view);
    /* No monitor listens now, and the rule holds. */
    order_read(g);
    check_outcome(g, row, view);
    event_check_none(g, "and nobody is asked");
}

static bool is_asked(struct guest *g)
{
    return guest_vcpu(g).event != 0;
}

/* Another monitor; the test kills it while the guest waits for its answer. */
static void go_while_asked(struct guest *g, enum altview_unanswered rule,
                           void (*order)(struct guest *g))
{
    struct altview_listen listen = listen_by(rule);
    int fd = raw_open(g->where);

    listen.timeout_ms = 3600000; /* the wait must not end for time */
    raw_request(fd, ALTVIEW_LISTEN, 1, &listen, sizeof(listen));
    check_answer("gone while asked: it listens", 0, raw_reply(fd, 1));
    order(g);
    guest_wait_until(g, is_asked, "gone while asked: it is asked");
    close(fd);
}

static void check_gone(struct guest *g, unsigned int view)
{
    guest_restrict(g, view, 0, ACCESS_N);
    go_while_asked(g, ALTVIEW_UNANSWERED_DEFAULT, order_read);
    check_outcome(g, &rows[0], view);
    order_read(g);
    check_outcome(g, &rows[0], view);
}

/* If a monitor ends in order, its rule decides about waiting events, and Xen's rule about later
 * ones. */
static void check_farewell(struct guest *g, unsigned int view)
{
    event_listen(g, EVENT(MEM_ACCESS), 0);
    order_read(g);
    event_refused(g);
    event_listen(g, 0, 0);
    check_outcome(g, &rows[0], view);
    order_read(g);
    guest_check_trap(g, "after a farewell it is as if nobody had listened", MAILBOX_NO_TRAP);
    check_equal("  the page is lifted", ACCESS_RWX, guest_access(g, view, 0));
}

static void check_stop(struct guest *g, unsigned int view)
{
    struct altview_event event;

    guest_restrict(g, view, 0, ACCESS_N);
    event_listen(g, 0, EVENT(SHUTDOWN));
    go_while_asked(g, ALTVIEW_UNANSWERED_STOP, order_end);
    event = event_next(g);
    check_equal("stop: the guest is stopped: type", ALTVIEW_EVENT_SHUTDOWN, event.type);
    check_equal("stop: the guest is stopped: status", STATUS_STOPPED, event.status);
    altview_close(g->handle);
}

void story_unanswered(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    guest_put(g, guest_address(g, 0), SECRET);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        run_row(g, &rows[i], view);
    }
    check_gone(g, view);
    check_farewell(g, view);
    check_stop(g, view);
}
