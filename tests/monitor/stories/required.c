/* SPDX-License-Identifier: BSD-2-Clause */
/* With access_required, a refused access without a policy or a listener stops the guest. */
#include "check.h"
#include "event.h"
#include "stories.h"

#define VALUE          0x4e9
#define STATUS_STOPPED 71

void story_required(struct guest *g)
{
    unsigned int view = guest_new_view(g);
    struct altview_hello hello;
    struct altview_event event;

    need("hello", altview_hello(g->handle, &hello));
    check_equal("hello says so", ALTVIEW_HELLO_ACCESS_REQUIRED,
                hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED);
    guest_put(g, guest_address(g, 0), VALUE);
    guest_restrict(g, view, 0, ACCESS_N);

    event_listen(g, EVENT(MEM_ACCESS), 0);
    guest_order(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    event = event_refused(g);
    event_reply(g, &event, ALTVIEW_ANSWER_STEP);
    guest_check_result(g, "who listens decides", VALUE);

    event_listen(g, 0, EVENT(MEM_ACCESS) | EVENT(SHUTDOWN));
    guest_order(g, MAILBOX_READ, guest_address(g, 0), 0, 0);
    event = event_next(g);
    check_equal("who only hears does not: type", ALTVIEW_EVENT_MEM_ACCESS, event.type);
    check_equal("who only hears does not: outcome", ALTVIEW_OUTCOME_STOPPED, event.outcome);
    event = event_next(g);
    check_equal("the guest is stopped: type", ALTVIEW_EVENT_SHUTDOWN, event.type);
    check_equal("the guest is stopped: status", STATUS_STOPPED, event.status);
    altview_close(g->handle);
}
