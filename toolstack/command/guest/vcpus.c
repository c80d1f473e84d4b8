/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview vcpus`. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/view_list.h"

#include <altview/hvmop.h>
#include <stdlib.h>

static const char *state(const struct altview_vcpu *vcpu)
{
    return vcpu->flags & ALTVIEW_VCPU_WAITING    ? "waits"
           : vcpu->flags & ALTVIEW_VCPU_PAUSED   ? "paused"
           : vcpu->flags & ALTVIEW_VCPU_STEPPING ? "steps"
                                                 : "runs";
}

/* Views that this vCPU does not see, while others do. */
static void hidden_views(struct json_object *o, const struct altview_vcpu *vcpu,
                         const struct view_list *views)
{
    struct json_object *numbers = field_list(o, "hidden_views");

    for (size_t i = 0; i < views->count; i++) {
        unsigned int view = views->views[i].view;

        if (views->views[i].visible == ALTVIEW_VISIBLE_TO_SOME &&
            !(view_list_vcpus(views, view) >> vcpu->vcpu & 1)) {
            list_number(numbers, view);
        }
    }
}

static void vcpu_record(struct json_object *o, const struct altview_vcpu *vcpu,
                        const struct view_list *views)
{
    field_number(o, "vcpu", vcpu->vcpu);
    field_number(o, "view", vcpu->view);
    field_text(o, "state", state(vcpu));
    field_bool(o, "vmfunc", vcpu->vmfunc);
    hidden_views(o, vcpu, views);
    if (vcpu->notify_gfn == ALTVIEW_NO_GFN) {
        field_text(o, "ve_gfn", NULL);
    } else {
        field_hex(o, "ve_gfn", vcpu->notify_gfn);
    }
    field_number(o, "exits", vcpu->exits);
    field_hex(o, "rip", vcpu->rip);
    field_hex(o, "cr3", vcpu->cr3);
}

static int list_vcpus(struct session *s, const struct command_line *line)
{
    struct altview_vcpu *vcpus;
    struct view_list views;
    struct json_object *all;
    size_t count;

    (void)line;
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if (view_list_get(s->handle, &views)) {
        return session_refused();
    }
    if (altview_vcpus(s->handle, &vcpus, &count)) {
        view_list_free(&views);
        return session_refused();
    }
    all = list();
    for (size_t i = 0; i < count; i++) {
        vcpu_record(list_fields(all), &vcpus[i], &views);
    }
    free(vcpus);
    view_list_free(&views);
    return output(s->common.json, all);
}

int cmd_vcpus(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about =
            "List the virtual CPUs: the view each is in, its state, whether it may use VMFUNC,\n"
            "the views hidden from it and not from all, the gfn of its #VE information page.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, list_vcpus);
}
