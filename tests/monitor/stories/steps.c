/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest goes on one instruction at a time. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <inttypes.h>
#include <stdio.h>

#define MANY 64 /* events: more than the port's buffer holds */

/* A loop, an instruction that exits, a call, a write; and RIP after each instruction. */
static const uint8_t code[] = {
    0x31, 0xc9,                   /*  0: xor %ecx, %ecx */
    0xff, 0xc1,                   /*  2: inc %ecx */
    0x83, 0xf9, 0x02,             /*  4: cmp $2, %ecx */
    0x75, 0xf9,                   /*  7: jne 2 */
    0x53,                         /*  9: push %rbx */
    0x31, 0xc0,                   /* 10: xor %eax, %eax */
    0x0f, 0xa2,                   /* 12: cpuid */
    0x5b,                         /* 14: pop %rbx */
    0xe8, 0x06, 0x00, 0x00, 0x00, /* 15: call 26 */
    0xb8, 0x07, 0x00, 0x00, 0x00, /* 20: mov $7, %eax */
    0xc3,                         /* 25: ret */
    0x90,                         /* 26: nop */
    0xc3,                         /* 27: ret */
};
static const uint8_t path[] = {2, 4, 7, 2, 4, 7, 9, 10, 12, 14, 15, 26, 27, 20, 25};
#define PATH sizeof(path)

/* Begins steps at the code's first instruction, where the guest has stopped because it may not
 * fetch it. */
static struct altview_event begin(struct guest *g, unsigned int view, uint32_t sync,
                                  uint32_t report)
{
    struct altview_event event;

    event_listen(g, EVENT(MEM_ACCESS) | sync, report);
    guest_restrict(g, view, 0, ACCESS_RW);
    guest_order(g, MAILBOX_CALL, guest_address(g, 0), 0, 0);
    event = event_refused(g);
    need("single steps are turned on", altview_single_step(g->handle, 0, true));
    return event;
}

static void check_path(struct guest *g, unsigned int view)
{
    struct altview_event event = begin(g, view, EVENT(SINGLE_STEP), 0);
    unsigned int good = 0;

    check_equal("listed", ALTVIEW_VCPU_STEPPING | ALTVIEW_VCPU_WAITING, guest_vcpu(g).flags);
    event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    for (unsigned int i = 0; i < PATH; i++) {
        event = event_next(g);
        good += event.type == ALTVIEW_EVENT_SINGLE_STEP && event.flags & ALTVIEW_EVENT_SYNC &&
                event.general.rip == guest_address(g, 0) + path[i];
        event_reply(g, &event, 0);
    }
    check_equal("an event after each instruction", PATH, good);
    event = event_next(g);
    check(event.general.rip - guest_address(g, 0) >= sizeof(code), "then it has returned",
          "RIP %#" PRIx64, event.general.rip);
    need("single steps are turned off", altview_single_step(g->handle, 0, false));
    event_reply(g, &event, 0);
    guest_check_result(g, "off again, the guest goes on", 7);
    event_check_none(g, "off again, no event comes");
}

/* A refused instruction, stepped in another view: that is one step, too. */
static void check_refused_step(struct guest *g, unsigned int view)
{
    struct altview_event event;
    uint64_t rip;

    event_listen(g, EVENT(MEM_ACCESS) | EVENT(SINGLE_STEP), 0);
    guest_put(g, guest_address(g, 1), 0x77);
    guest_restrict(g, view, 1, ACCESS_N);
    guest_order(g, MAILBOX_READ, guest_address(g, 1), 0, 0);
    event = event_refused(g);
    need("single steps are turned on", altview_single_step(g->handle, 0, true));
    rip = event.general.rip;
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    event = event_next(g);
    check_equal("a read let through: then the step's event", ALTVIEW_EVENT_SINGLE_STEP, event.type);
    check_equal("a read let through: RIP is behind it",
                rip + sizeof((uint8_t[]){MAILBOX_READ_CODE}), event.general.rip);
    check_equal("a read let through: what it read", 0x77, event.general.gpr[0]);
    need("single steps are turned off", altview_single_step(g->handle, 0, false));
    event_reply(g, &event, 0);
    guest_check_result(g, "a read let through: the guest goes on", 0x77);
}

/* An instruction that reads and writes its own page, whose view allows one or two kinds of access:
 * the refused accesses are reported, and let through together with the rest. */
static const uint8_t own_code[] = {
    0x80, 0x05, 0x06, 0x00, 0x00, 0x00, 0x09, /*  0: addb $9, 6(%rip) */
    0xb8, 0x07, 0x00, 0x00, 0x00,             /*  7: mov $7, %eax */
    0xc3,                                     /* 12: ret */
    0x00,                                     /* 13 */
};
#define OWN_BYTE (sizeof(own_code) - 1)

enum page { CODE, DATA, OWN };

static void check_own(struct guest *g, const char *how, enum access access, unsigned int told,
                      unsigned int view, bool ask)
{
    char what[64];
    struct altview_event event;
    uint8_t byte = g->expected[OWN * PAGE_SIZE + OWN_BYTE];

    snprintf(what, sizeof(what), "own page, %s", how);
    event_listen(g, ask ? EVENT(MEM_ACCESS) : 0, EVENT(MEM_ACCESS));
    guest_restrict(g, view, OWN, access);
    guest_order(g, MAILBOX_CALL, guest_address(g, OWN), 0, 0);
    for (unsigned int i = 0; i < told; i++) {
        event = event_next(g);
        if (ask) {
            event_reply_view(g, &event, ALTVIEW_ANSWER_STEP, view);
        }
    }
    guest_check_result(g, what, 7);
    event_check_none(g, what);
    guest_expect_bytes(g, guest_address(g, OWN) + OWN_BYTE, &(uint8_t){byte + 9}, 1);
}

/* The events: each access that the view refuses, once for each of the three instructions that make
 * it. */
static void check_own_pages(struct guest *g, unsigned int view)
{
    static const struct {
        const char *how;
        enum access access;
        unsigned int told;
    } rows[] = {
        {"n", ACCESS_N, 4}, {"r", ACCESS_R, 4},   {"w", ACCESS_W, 3},   {"rw", ACCESS_RW, 3},
        {"x", ACCESS_X, 1}, {"rx", ACCESS_RX, 1}, {"wx", ACCESS_WX, 0}, {"rwx", ACCESS_RWX, 0},
    };

    guest_put_bytes(g, guest_address(g, OWN), own_code, sizeof(own_code));
    for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        need("reports are the policy",
             altview_set_policy(g->handle, view, ALTVIEW_POLICY_REPORT, 0));
        check_own(g, rows[i].how, rows[i].access, rows[i].told, view, false);
        need("no policy", altview_set_policy(g->handle, view, ALTVIEW_POLICY_NONE, 0));
        check_own(g, rows[i].how, rows[i].access, rows[i].told, view, true);
    }
    guest_restrict(g, view, OWN, ACCESS_RWX);
}

/* Nothing holds the vCPU, so events come faster than the line takes them. The port counts the lost
 * ones. */
static void check_stream(struct guest *g, unsigned int view)
{
    struct altview_event event = begin(g, view, 0, EVENT(SINGLE_STEP));
    unsigned int good = 0;

    event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    for (unsigned int i = 0; i < PATH; i++) {
        event = event_next(g);
        good += event.type == ALTVIEW_EVENT_SINGLE_STEP && !(event.flags & ALTVIEW_EVENT_SYNC) &&
                event.general.rip == guest_address(g, 0) + path[i];
    }
    check_equal("reported: an event after each instruction", PATH, good);
    for (unsigned int i = 0; i < MANY; i++) {
        event = event_next(g);
    }
    need("single steps are turned off", altview_single_step(g->handle, 0, false));
    if (check_is_made("reported: more than the port's buffer holds")) {
        check(event.lost > 0, "reported: what found no room is counted", "none is lost");
        check(guest_statistics(g).events_dropped >= event.lost, "reported: in the statistics, too",
              "%" PRIu64, guest_statistics(g).events_dropped);
    }
    guest_check_result(g, "reported: the guest goes on", 7);
    event_end(g);
}

void story_steps(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    guest_put_bytes(g, guest_address(g, 0), code, sizeof(code));
    check_path(g, view);
    check_refused_step(g, view);
    check_own_pages(g, view);
    check_stream(g, view);
}
