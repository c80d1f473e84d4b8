/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: stepper WHERE policies|answers|watch: wait until the guest of guests/steps has made its
 * views, and set their policies. Then, except with "policies", answer STEP to every violation that
 * a policy leaves open, and turn single steps on and off, until the guest ends.
 */
#include "tests/monitor/check.h"

#include "guests/steps/views.h"

#include <altview/altview.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BOOT_TRIES  3000
#define TRY_MS      20
#define CALL_MS     60000
#define FOREVER     (-1)
#define PATIENCE_MS 3600000 /* the guest's time, which runs ahead while the guest waits */
#define BIT(name)   (1U << ALTVIEW_EVENT_##name)

/* The guest checks whether the last of these is set. */
static const struct {
    unsigned int view;
    enum altview_policy policy;
    unsigned int in;
} policies[] = {
    {VIEW_IN_0, ALTVIEW_POLICY_STEP, VIEW_0},
    {VIEW_IN, ALTVIEW_POLICY_STEP, VIEW_OTHER},
    {VIEW_LIFT, ALTVIEW_POLICY_LIFT, 0},
    {VIEW_REPORT, ALTVIEW_POLICY_REPORT, 0},
};

static void wait_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TRY_MS * 1000000L}, NULL);
}

static size_t count_views(altview *handle)
{
    struct altview_view *views;
    size_t count;

    need("views are listed", altview_views(handle, &views, &count));
    free(views);
    return count;
}

static altview *connect(const char *where)
{
    altview *handle = NULL;

    for (unsigned int i = 0; i < BOOT_TRIES; i++) {
        if (!handle && altview_open(where, 0, &handle)) {
            handle = NULL;
        }
        if (handle && count_views(handle) > VIEW_OTHER) {
            return handle;
        }
        wait_a_little();
    }
    give_up("the guest makes its views", "it does not: %s", altview_error());
}

static void set_policies(altview *handle)
{
    for (unsigned int i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        need("a policy is set",
             altview_set_policy(handle, policies[i].view, policies[i].policy, policies[i].in));
    }
}

/* The guest asks for single steps by a touch of one of two bytes. */
static void heed_mark(altview *handle, const struct altview_event *event)
{
    bool on = event->gla == VIEW_MARK_ON, off = event->gla == VIEW_MARK_OFF;

    if ((on || off) && !(event->flags & ALTVIEW_EVENT_IN_WALK)) {
        need("single steps", altview_single_step(handle, event->vcpu, on));
    }
}

static void answer(altview *handle, const struct altview_event *event)
{
    const struct altview_answer answer = {.event = event->id,
                                          .vcpu = event->vcpu,
                                          .actions = ALTVIEW_ANSWER_STEP,
                                          .view = event->view,
                                          .general = event->general};

    heed_mark(handle, event);
    need("an answer is taken", altview_answer(handle, &answer));
}

static void answer_all(altview *handle)
{
    struct altview_event event;

    while (!altview_next_event(handle, &event, FOREVER)) {
        if (event.flags & ALTVIEW_EVENT_SYNC) {
            answer(handle, &event);
        }
    }
}

int main(int argc, char **argv)
{
    altview *handle;
    bool answers;

    if (argc < 3) {
        return 64;
    }
    answers = strcmp(argv[2], "policies") != 0;
    check_story("steps");
    handle = connect(argv[1]);
    altview_set_timeout(handle, CALL_MS);
    if (answers) {
        const struct altview_listen listen = {
            .sync = BIT(MEM_ACCESS), .timeout_ms = PATIENCE_MS, .flags = ALTVIEW_LISTEN_BRIEF};

        need("the monitor listens", altview_listen(handle, &listen));
    }
    set_policies(handle);
    if (answers) {
        answer_all(handle);
    }
    altview_close(handle);
    return 0;
}
