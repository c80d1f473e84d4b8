/* SPDX-License-Identifier: BSD-2-Clause */
#include "../handle.h"

#include <errno.h>

int altview_listen(altview *h, const struct altview_listen *listen)
{
    static const struct hint hints[] = {
        {EBUSY, "another monitor listens synchronously: one at a time may; end it, or ask for "
                "reports only"},
        {ENOSPC, "all monitors together may name 64 MSRs; end another, or name fewer"},
        {EINVAL,
         "no such event, flag or rule, an event that can't be synchronous (shutdown, "
         "timeout), a timeout of more than an hour, or an MSR beyond the 0x2000 from 0, "
         "0x40000000, 0xc0000000 and 0xc0010000 on; an altview older than this one knows no "
         "rules and no MSRs"},
        {0, NULL},
    };

    int rc =
        ask(h, ALTVIEW_LISTEN, listen, sizeof(*listen), NULL, 0, &(struct about){.hints = hints});

    if (!rc) {
        h->listens = listen->sync | listen->report;
    }
    return rc;
}

int altview_answer(altview *h, const struct altview_answer *answer)
{
    static const struct hint hints[] = {
        {EPERM, "another monitor listens synchronously, and it alone may answer; end it first"},
        {ESRCH, "the vCPU does not wait on that event: it has been answered, or the time for it "
                "has passed"},
        {EBUSY, "another event is being delivered: this one can't be denied, let it run on"},
        {EINVAL, "actions that don't go together, or values the CPU would not go on with"},
        {0, NULL},
    };
    unsigned int into = ALTVIEW_ANSWER_SWITCH | ALTVIEW_ANSWER_STEP;
    const struct about about = {
        .has = ABOUT_VCPU | (answer->actions & into ? ABOUT_VIEW : 0),
        .vcpu = answer->vcpu,
        .view = answer->view,
        .hints = hints,
    };

    return ask(h, ALTVIEW_ANSWER, answer, sizeof(*answer), NULL, 0, &about);
}

int altview_next_event(altview *h, struct altview_event *event, int milliseconds)
{
    int rc = h->transport->ops->next_event(h->transport, event, milliseconds);

    if (rc == -EAGAIN) {
        return altview_fail(rc, "no event has come");
    }
    return rc ? explain(h, rc, &(struct about){0}) : 0;
}

int altview_event_fd(altview *h)
{
    int rc = h->transport->ops->event_fd(h->transport);

    return rc < 0 ? explain(h, rc, &(struct about){0}) : rc;
}
