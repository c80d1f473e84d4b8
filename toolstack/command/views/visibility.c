/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview hide` and `altview show-to-guest`. */
#include "commands.h"
#include "fields.h"
#include "guest/vcpu_number.h"
#include "output.h"
#include "say.h"
#include "session.h"

struct settings {
    bool visible;
    const char *vcpu;  /* NULL: all */
    const char *evict; /* a view; NULL: vCPUs in the hidden one stay */
};

struct change {
    unsigned int view, vcpu, to;
};

static int carry_out(struct session *s, const struct settings *settings, const struct change *c)
{
    if (settings->evict) {
        return altview_evict(s->handle, c->vcpu, c->view, c->to);
    }
    /* Use Xen's own operation if it suffices, because other connections have no other. */
    return settings->vcpu
               ? altview_set_visibility_for(s->handle, c->vcpu, c->view, settings->visible)
               : altview_set_visibility(s->handle, c->view, settings->visible);
}

static int report(struct session *s, const struct settings *settings, const struct change *c)
{
    struct json_object *done = fields();

    field_number(done, "view", c->view);
    field_bool(done, "visible", settings->visible);
    if (settings->vcpu) {
        field_number(done, "vcpu", c->vcpu);
    }
    if (settings->evict) {
        field_number(done, "evicted_to", c->to);
    }
    return output_member(s->common.json, done, NULL);
}

static int change(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    struct change c = {.vcpu = ALTVIEW_ALL_VCPUS};

    if (settings->vcpu && vcpu_parse(settings->vcpu, &c.vcpu)) {
        return EXIT_USAGE;
    }
    if (session_view(s, line->arguments[0], &c.view) ||
        (settings->evict && session_view(s, settings->evict, &c.to))) {
        return EXIT_FAILED;
    }
    return carry_out(s, settings, &c) ? session_refused() : report(s, settings, &c);
}

#define OPTION_VCPU(s)                                                                             \
    OPTION_TEXT("vcpu", "VCPU", &(s)->vcpu, "for this vCPU only (default: for all)")

int cmd_hide(int argc, char **argv)
{
    struct settings settings = {.visible = false};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_VCPU(&settings),
        OPTION_TEXT("evict", "VIEW", &settings.evict,
                    "vCPUs in the view go on in this one, at once; it must be visible to them"),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW",
        .about =
            "Hide a view: the guest's VMFUNC can't reach it any more. A vCPU that is in it stays\n"
            "until it leaves, unless it is evicted. In mixed mode the guest can undo it.",
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, change);
}

int cmd_show_to_guest(int argc, char **argv)
{
    struct settings settings = {.visible = true};
    struct session s = {.settings = &settings};
    const struct option options[] = {OPTION_VCPU(&settings), OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW",
        .about = "Let the guest's VMFUNC reach a view again.",
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, change);
}
