/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview guest`: makes the guest of a sim: domain act. Only in a batch. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

#include <altview/sim.h>
#include <errno.h>
#include <string.h>

#define READ  1
#define WRITE 2
#define FETCH 4

/* A call of the guest, and its result. */
struct call {
    altview *handle;
    unsigned int vcpu;
    uint64_t arguments[3]; /* numbers; 0 where there is none */
    uint64_t value;
    bool has_value; /* the value of a read */
};

static unsigned int size_of(uint64_t given)
{
    return !given ? 1 : given < UINT32_MAX ? (unsigned int)given : UINT32_MAX;
}

static int guest_read(struct call *c)
{
    c->has_value = true;
    return altview_sim_access(c->handle, c->vcpu, READ, c->arguments[0], size_of(c->arguments[1]),
                              &c->value);
}

static int guest_write(struct call *c)
{
    c->value = c->arguments[1];
    return altview_sim_access(c->handle, c->vcpu, WRITE, c->arguments[0], size_of(c->arguments[2]),
                              &c->value);
}

static int guest_fetch(struct call *c)
{
    return altview_sim_access(c->handle, c->vcpu, FETCH, c->arguments[0], 1, &c->value);
}

static int guest_vmfunc(struct call *c)
{
    return altview_sim_vmfunc(c->handle, c->vcpu, (unsigned int)c->arguments[0]);
}

static int guest_step(struct call *c)
{
    return altview_sim_step(c->handle, c->vcpu);
}

static int guest_resume(struct call *c)
{
    return altview_sim_resume(c->handle, c->vcpu, &c->value);
}

static int guest_shutdown(struct call *c)
{
    return altview_sim_shutdown(c->handle, (unsigned int)c->arguments[0]);
}

static const struct action {
    const char *name, *arguments;
    int least, most;
    int (*run)(struct call *c);
    bool names_view; /* the first argument may be the name of a view */
} actions[] = {
    {"read", "ADDRESS [SIZE]", 1, 2, guest_read, false},
    {"write", "ADDRESS VALUE [SIZE]", 2, 3, guest_write, false},
    {"fetch", "ADDRESS", 1, 1, guest_fetch, false},
    {"vmfunc", "VIEW", 1, 1, guest_vmfunc, true},
    {"step", "", 0, 0, guest_step, false},
    {"resume", "", 0, 0, guest_resume, false},
    {"shutdown", "[STATUS]", 0, 1, guest_shutdown, false},
};

static const struct action *find(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (!strcmp(actions[i].name, name)) {
            return &actions[i];
        }
    }
    return NULL;
}

static const char *exception_name(unsigned int vector)
{
    switch (vector) {
    case 3:
        return "#BP";
    case 6:
        return "#UD";
    case 13:
        return "#GP";
    case 14:
        return "#PF";
    case 20:
        return "#VE";
    default:
        return "?";
    }
}

/* NULL: that is not a result but an error. */
static const char *outcome_of(int result)
{
    switch (result) {
    case 0:
        return "done";
    case -EINPROGRESS:
        return "waits";
    case -EFAULT:
        return "exception";
    case -ECANCELED:
        return "stopped";
    case -ENXIO:
        return "hole";
    default:
        return NULL;
    }
}

static int tell(const struct session *s, const struct call *c, const char *name, int result)
{
    struct json_object *o = fields();
    unsigned int vector = 0;

    field_text(o, "guest", name);
    field_number(o, "vcpu", c->vcpu);
    field_text(o, "outcome", outcome_of(result));
    if (result == -EFAULT && !altview_sim_exception(c->handle, c->vcpu, &vector)) {
        field_text(o, "exception", exception_name(vector));
    }
    if (c->has_value && (!result || result == -ENXIO)) {
        field_hex(o, "value", c->value);
    }
    return output_line(s->common.json, o);
}

/* A number stands for itself, so that the guest can try a view that is not live. */
static int parse_argument(struct session *s, const char *text, bool may_be_name, uint64_t *value)
{
    const char *wrong = range_number(text, value);
    unsigned int view;

    if (!wrong) {
        return 0;
    }
    if (!may_be_name) {
        return usage_error("%s: %s", text, wrong);
    }
    if (session_view(s, text, &view)) {
        return EXIT_FAILED;
    }
    *value = view;
    return 0;
}

static int guest(struct session *s, const struct command_line *line)
{
    const unsigned long *vcpu = s->settings;
    const struct action *action = find(line->arguments[0]);
    struct call call = {.vcpu = (unsigned int)*vcpu};
    int result;

    if (!action) {
        return usage_error("%s: give read, write, fetch, vmfunc, step, resume or shutdown",
                           line->arguments[0]);
    }
    if (line->count - 1 < action->least || line->count - 1 > action->most) {
        return usage_error("give %s %s", action->name, action->arguments);
    }
    for (int i = 1; i < line->count; i++) {
        int status = parse_argument(s, line->arguments[i], action->names_view && i == 1,
                                    &call.arguments[i - 1]);

        if (status) {
            return status;
        }
    }
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    call.handle = s->handle;
    result = action->run(&call);
    return outcome_of(result) ? tell(s, &call, action->name, result) : session_refused();
}

int cmd_guest(int argc, char **argv)
{
    unsigned long vcpu = 0;
    struct session s = {.settings = &vcpu};
    const struct option options[] = {
        OPTION_NUMBER("vcpu", "N", &vcpu, 0, 65535, "which vCPU does it (default: 0)"),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] ACTION [ARGUMENTS]",
        .about =
            "Say what the guest of a sim: domain does, which has no will of its own; in a batch:\n"
            "  read ADDRESS [SIZE]         vmfunc VIEW         resume (after an answer)\n"
            "  write ADDRESS VALUE [SIZE]  step                shutdown [STATUS]\n"
            "  fetch ADDRESS",
        .options = options,
        .least = 1,
        .most = 4,
    };

    return session_run(&s, &line, argc, argv, guest);
}
