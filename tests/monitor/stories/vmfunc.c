/* SPDX-License-Identifier: BSD-2-Clause */
/* The view that the guest wants is hidden, and shown again. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>

#define VMFUNC_SIZE  3
#define USER_REFUSED 0 /* MAILBOX_USER_VMFUNC: #UD at VMFUNC, or at the next instruction */
#define USER_WENT    VMFUNC_SIZE
#define UNKNOWN_LEAF 1
#define NO_SUCH_VIEW 511

static void hide(struct guest *g, unsigned int view)
{
    need("a view is hidden", altview_set_visibility(g->handle, view, false));
}

static void show(struct guest *g, unsigned int view)
{
    need("a view is shown", altview_set_visibility(g->handle, view, true));
}

static void go_home(struct guest *g, unsigned int view)
{
    need("the guest is switched back", altview_switch_to_view(g->handle, view));
}

/* Without the monitor's permission the guest has no VMFUNC at all. */
static void check_off(struct guest *g, unsigned int home, unsigned int wanted)
{
    guest_do(g, MAILBOX_VMFUNC, 0, wanted, 0);
    guest_check_trap(g, "off: #UD", VECTOR_UD);
    event_check_none(g, "off: no event");
    check_equal("off: the view is what it was", home, guest_view(g));
    need("VMFUNC is turned on", altview_set_vmfunc(g->handle, 0, true));
    check_equal("on: listed", 1, guest_vcpu(g).vmfunc);
}

static void check_visible(struct guest *g, unsigned int home, unsigned int wanted)
{
    guest_do(g, MAILBOX_VMFUNC, 0, wanted, 0);
    guest_check_trap(g, "visible: VMFUNC works", MAILBOX_NO_TRAP);
    check_equal("visible: the guest is there", wanted, guest_view(g));
    event_check_none(g, "visible: no event");
    go_home(g, home);
}

static struct altview_event refused(struct guest *g, enum mailbox_command command,
                                    unsigned int leaf, unsigned int wanted)
{
    struct altview_event event;

    guest_order(g, command, leaf, wanted, 0);
    event = event_next(g);
    check_equal("refused: type", ALTVIEW_EVENT_VMFUNC_REFUSED, event.type);
    check_equal("refused: the vCPU waits", ALTVIEW_EVENT_SYNC, event.flags & ALTVIEW_EVENT_SYNC);
    check_equal("refused: the view it wanted", wanted, event.wanted_view);
    check_equal("refused: leaf", leaf, event.general.gpr[0]);
    return event;
}

static void check_shown(struct guest *g, unsigned int home, unsigned int wanted)
{
    struct altview_event event;

    hide(g, wanted);
    check_equal("hidden: listed", 0, guest_describe(g, wanted).visible);
    check_answer("hidden: no switch there either", -EINVAL,
                 altview_switch_to_view(g->handle, wanted));
    event = refused(g, MAILBOX_VMFUNC, 0, wanted);
    check_equal("hidden: the view it is in", home, event.view);
    show(g, wanted);
    check_equal("shown: listed", 1, guest_describe(g, wanted).visible);
    event_reply(g, &event, 0);
    guest_check_trap(g, "shown: the same VMFUNC works", MAILBOX_NO_TRAP);
    check_equal("shown: the guest is there", wanted, guest_view(g));
    go_home(g, home);
}

static void check_denied(struct guest *g, unsigned int home, unsigned int wanted)
{
    struct altview_event event;

    hide(g, wanted);
    event = refused(g, MAILBOX_VMFUNC, 0, wanted);
    event_deny(g, &event, VECTOR_UD, 0, 0);
    guest_check_trap(g, "denied: #UD", VECTOR_UD);
    check_equal("denied: at the instruction", event.general.rip, g->box.ip);
    check_equal("denied: the view is what it was", home, guest_view(g));
    event = refused(g, MAILBOX_VMFUNC, 0, NO_SUCH_VIEW);
    event_deny(g, &event, VECTOR_GP, 0, 0);
    guest_check_trap(g, "a view that is not there, denied with #GP", VECTOR_GP);
    event = refused(g, MAILBOX_VMFUNC, UNKNOWN_LEAF, home);
    event_deny(g, &event, VECTOR_UD, 0, 0);
    guest_check_trap(g, "a leaf that is not there", VECTOR_UD);
}

/* The monitor may do more than the guest: it may move the guest there although the view is
 * hidden. */
static void check_moved(struct guest *g, unsigned int home, unsigned int wanted)
{
    struct altview_event event = refused(g, MAILBOX_VMFUNC, 0, wanted);
    struct altview_answer answer = event_answer(&event, ALTVIEW_ANSWER_SWITCH | ALTVIEW_ANSWER_SET);

    answer.view = (uint16_t)wanted;
    answer.mask = ALTVIEW_SET_RIP;
    answer.general.rip += VMFUNC_SIZE;
    need("an answer is taken", altview_answer(g->handle, &answer));
    guest_check_trap(g, "moved: the guest goes on", MAILBOX_NO_TRAP);
    check_equal("moved: in the hidden view", wanted, guest_view(g));
    check_equal("moved: it is still hidden", 0, guest_describe(g, wanted).visible);
    guest_do(g, MAILBOX_VMFUNC, 0, home, 0);
    check_equal("moved: it may leave by VMFUNC", home, guest_view(g));
}

static void check_user(struct guest *g, unsigned int home, unsigned int wanted)
{
    struct altview_event event = refused(g, MAILBOX_USER_VMFUNC, 0, wanted);

    event_deny(g, &event, VECTOR_UD, 0, 0);
    guest_check_result(g, "user code: denied", USER_REFUSED);
    event = refused(g, MAILBOX_USER_VMFUNC, 0, wanted);
    show(g, wanted);
    event_reply(g, &event, 0);
    guest_check_result(g, "user code: shown, and it goes on", USER_WENT);
    check_equal("user code: the guest is there", wanted, guest_view(g));
    go_home(g, home);
    hide(g, wanted);
}

static void check_heard(struct guest *g, unsigned int wanted)
{
    struct altview_event event;

    event_listen(g, 0, EVENT(VMFUNC_REFUSED));
    guest_do(g, MAILBOX_VMFUNC, 0, wanted, 0);
    guest_check_trap(g, "only reported: #UD", VECTOR_UD);
    event = event_next(g);
    check_equal("only reported: type", ALTVIEW_EVENT_VMFUNC_REFUSED, event.type);
    check_equal("only reported: what became of it", ALTVIEW_OUTCOME_DENIED, event.outcome);
    event_listen(g, EVENT(MEM_ACCESS), 0);
    guest_do(g, MAILBOX_VMFUNC, 0, wanted, 0);
    guest_check_trap(g, "nobody listens: #UD", VECTOR_UD);
    event_check_none(g, "nobody listens: no event");
}

void story_vmfunc(struct guest *g)
{
    unsigned int home, wanted;

    need("a view is created", altview_create_view(g->handle, ACCESS_RWX, &wanted));
    home = guest_new_view(g);
    event_listen(g, EVENT(VMFUNC_REFUSED), 0);
    check_off(g, home, wanted);
    check_visible(g, home, wanted);
    check_shown(g, home, wanted);
    check_denied(g, home, wanted);
    check_moved(g, home, wanted);
    check_user(g, home, wanted);
    check_heard(g, wanted);
    check_equal("the guest ends where it was", home, guest_view(g));
}
