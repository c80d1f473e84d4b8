/* SPDX-License-Identifier: BSD-2-Clause */
/* The port refuses senseless answers, and the vCPU still waits. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>

#define VALUE 0x1eaf

static const struct row {
    const char *name;
    int expected;
    struct altview_answer change; /* values other than 0 replace those of a good answer */
} rows[] = {
    {"another event", -ESRCH, {.event = 12345}},
    {"no such vCPU", -EINVAL, {.vcpu = 1}},
    {"unknown action", -EINVAL, {.actions = 32}},
    {"switch and step", -EINVAL, {.actions = ALTVIEW_ANSWER_SWITCH | ALTVIEW_ANSWER_STEP}},
    {"switch and deny",
     -EINVAL,
     {.actions = ALTVIEW_ANSWER_SWITCH | ALTVIEW_ANSWER_DENY, .vector = VECTOR_GP}},
    {"lift and step", -EINVAL, {.actions = ALTVIEW_ANSWER_LIFT | ALTVIEW_ANSWER_STEP}},
    {"lift and deny",
     -EINVAL,
     {.actions = ALTVIEW_ANSWER_LIFT | ALTVIEW_ANSWER_DENY, .vector = VECTOR_GP}},
    {"switch to no view", -EINVAL, {.actions = ALTVIEW_ANSWER_SWITCH, .view = 7}},
    {"switch beyond the table", -EINVAL, {.actions = ALTVIEW_ANSWER_SWITCH, .view = 0xfffe}},
    {"step in no view", -EINVAL, {.actions = ALTVIEW_ANSWER_STEP, .view = 7}},
    {"deny with #DB", -EINVAL, {.actions = ALTVIEW_ANSWER_DENY, .vector = 1}},
    {"deny with an interrupt", -EINVAL, {.actions = ALTVIEW_ANSWER_DENY, .vector = 0x80}},
    {"unknown registers", -EINVAL, {.actions = ALTVIEW_ANSWER_SET, .mask = 0x100}},
    {"RIP that is not canonical",
     -EINVAL,
     {.actions = ALTVIEW_ANSWER_SET,
      .mask = ALTVIEW_SET_RIP,
      .general = {.rip = UINT64_C(0x8000000000000000)}}},
    {"RFLAGS with reserved bits",
     -EINVAL,
     {.actions = ALTVIEW_ANSWER_SET,
      .mask = ALTVIEW_SET_RFLAGS,
      .general = {.rflags = UINT64_C(1) << 40}}},
    {"CR3 beyond physical memory",
     -EINVAL,
     {.actions = ALTVIEW_ANSWER_SET, .mask = ALTVIEW_SET_CR3, .cr3 = UINT64_C(1) << 60}},
    {"padding in use", -EINVAL, {.pad = 1}},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static struct altview_answer changed(const struct altview_event *event, const struct row *row)
{
    struct altview_answer answer = row->change;

    answer.event = answer.event ? answer.event : event->id;
    answer.view = answer.view ? answer.view : event->view;
    return answer;
}

void story_refusals(struct guest *g)
{
    unsigned int view = guest_new_view(g);
    struct altview_event event;
    struct altview_answer answer;

    guest_put(g, guest_address(g, 0), VALUE);
    guest_restrict(g, view, 0, ACCESS_N);
    event_listen(g, EVENT(MEM_ACCESS), 0);
    guest_order(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    event = event_refused(g);
    for (unsigned int i = 0; i < ROWS; i++) {
        answer = changed(&event, &rows[i]);
        check_answer(rows[i].name, rows[i].expected, altview_answer(g->handle, &answer));
    }
    check_equal("the vCPU still waits on that event", event.id, guest_vcpu(g).event);
    check(!guest_is_done(g), "the guest has not gone on", "its read is done");
    check_equal("the restriction is what it was", ACCESS_N, guest_access(g, view, 0));
    check_equal("the view is what it was", view, guest_view(g));
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    guest_check_result(g, "a good answer is taken then", VALUE);
    answer = event_answer(&event, ALTVIEW_ANSWER_STEP);
    check_answer("the same answer once more", -ESRCH, altview_answer(g->handle, &answer));
    event_check_none(g, "one event in all");
}
