/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview policy`: what happens to refused accesses before a monitor decides. */
#include "commands.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/view_list.h"

static int set_policy(struct session *s, const struct command_line *line)
{
    const char *text = line->arguments[1];
    unsigned int view, in = 0;
    enum altview_policy policy;
    struct json_object *o;

    if (!policy_parse(text, &policy)) {
        return usage_error("%s: no policy is called so; give none, lift, report, step-in or switch",
                           text);
    }
    if (policy_names_view(policy) != (line->count > 2)) {
        return usage_error("step-in and switch, and nothing else, take a second view: policy VIEW "
                           "step-in VIEW");
    }
    if (session_view(s, line->arguments[0], &view) ||
        (line->count > 2 && session_view(s, line->arguments[2], &in))) {
        return EXIT_FAILED;
    }
    if (altview_set_policy(s->handle, view, policy, in)) {
        return session_refused();
    }
    o = fields();
    field_number(o, "view", view);
    field_text(o, "policy", text);
    if (policy_names_view(policy)) {
        field_number(o, "in", in);
    }
    return output_member(s->common.json, o, NULL);
}

int cmd_policy(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW none|lift|report|step-in|switch [VIEW]",
        .about = "Decide what becomes of an access that a view refuses:\n"
                 "  none          a listener decides; without one, as lift, or the guest stops\n"
                 "  lift          the page becomes rwx in that view\n"
                 "  report        that one instruction may, and an event tells listeners\n"
                 "  step-in VIEW  that one instruction runs in another view; no event\n"
                 "  switch VIEW   the vCPU goes on in another view; no event",
        .options = options,
        .least = 2,
        .most = 3,
    };

    return session_run(&s, &line, argc, argv, set_policy);
}
