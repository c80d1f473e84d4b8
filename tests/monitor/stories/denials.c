/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses that the monitor answers with an exception, as the guest sees it. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <string.h>

#define VALUE      0xca11
#define FAULT_USER 5 /* the bits a #PF's error code may have: present, user */
#define FAULT_AT   UINT64_C(0x7fff12345000)

static const struct row {
    const char *name;
    enum mailbox_command command;
    enum access access;
    uint8_t vector;
    uint32_t error_code;
    uint64_t cr2;
} rows[] = {
    {"#GP for a read", MAILBOX_READ, ACCESS_N, VECTOR_GP, 0, 0},
    {"#GP with an error code", MAILBOX_READ, ACCESS_N, VECTOR_GP, 0x58, 0},
    {"#PF for a read", MAILBOX_READ, ACCESS_N, VECTOR_PF, FAULT_USER, FAULT_AT},
    {"#PF for a write", MAILBOX_WRITE, ACCESS_R, VECTOR_PF, 2, FAULT_AT + 8},
    {"#UD for a read", MAILBOX_READ, ACCESS_N, VECTOR_UD, 0, 0},
    {"#UD for a fetch", MAILBOX_CALL, ACCESS_RW, VECTOR_UD, 0, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void run_row(struct guest *g, const struct row *row, unsigned int view, unsigned int page)
{
    uint64_t address = guest_address(g, page);
    struct altview_event event;

    guest_put(g, address, VALUE);
    guest_restrict(g, view, page, row->access);
    guest_order(g, row->command, address, ~UINT64_C(0), 0);
    event = event_refused(g);
    check_equal("  the event says it was the kernel", 0, event.flags & ALTVIEW_EVENT_USER);
    event_deny(g, &event, row->vector, row->error_code, row->cr2);
    guest_check_trap(g, row->name, row->vector);
    check_equal("  its error code", row->error_code, g->box.error_code);
    check_equal("  it points at the instruction", event.general.rip, g->box.ip);
    if (row->vector == VECTOR_PF) {
        check_equal("  its CR2", row->cr2, g->box.cr2);
    }
    check_equal("  the restriction stays", row->access, guest_access(g, view, page));
    check_equal("  the view stays", view, guest_view(g));
}

/* The event says that the code is in ring 3, because a #PF's error code must have that. */
static void check_user(struct guest *g, unsigned int view, unsigned int page)
{
    struct altview_event event;

    guest_restrict(g, view, page, ACCESS_N);
    guest_order(g, MAILBOX_USER_READ, guest_address(g, page), 0, 0);
    event = event_refused(g);
    check_equal("user: the event says so", ALTVIEW_EVENT_USER, event.flags & ALTVIEW_EVENT_USER);
    event_deny(g, &event, VECTOR_PF, FAULT_USER, FAULT_AT);
    guest_check_result(g, "user: the #PF comes in ring 3", MAILBOX_FAULT | FAULT_USER);
}

/* The CPU itself makes the refused access, when it pushes an exception's frame onto a stack of the
 * monitor's code. No exception can be raised on top of that one. */
static void check_delivery(struct guest *g, unsigned int view, unsigned int page)
{
    static const uint8_t zeroes[1024];
    uint64_t code = guest_address(g, page), stack = guest_address(g, page + 1) + sizeof(zeroes);
    uint8_t bytes[] = {0x48, 0xbc, 0, 0, 0, 0, 0, 0, 0, 0, 0x0f, 0x0b}; /* mov $stack, %rsp; ud2 */
    struct altview_answer answer;
    struct altview_event event;

    memcpy(bytes + 2, &stack, sizeof(stack));
    guest_put_bytes(g, code, bytes, sizeof(bytes));
    guest_restrict(g, view, page + 1, ACCESS_R);
    guest_order(g, MAILBOX_CALL, code, 0, 0);
    event = event_refused(g);
    check_equal("delivery: the event says so", ALTVIEW_EVENT_DELIVERING,
                event.flags & ALTVIEW_EVENT_DELIVERING);
    answer = event_answer(&event, ALTVIEW_ANSWER_DENY);
    answer.vector = VECTOR_GP;
    check_answer("delivery: it can't be denied", -EBUSY, altview_answer(g->handle, &answer));
    event_reply(g, &event, ALTVIEW_ANSWER_LIFT);
    guest_check_trap(g, "delivery: the exception arrives once it may", VECTOR_UD);
    guest_put_bytes(g, stack - sizeof(zeroes), zeroes, sizeof(zeroes));
}

void story_denials(struct guest *g)
{
    unsigned int view = guest_new_view(g);

    event_listen(g, EVENT(MEM_ACCESS), 0);
    for (unsigned int i = 0; i < ROWS; i++) {
        run_row(g, &rows[i], view, i);
    }
    check_user(g, view, ROWS);
    check_delivery(g, view, ROWS + 1);
    event_check_none(g, "no event but those");
}
