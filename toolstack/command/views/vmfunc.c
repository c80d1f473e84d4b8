/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview vmfunc`: whether a vCPU may change views itself. */
#include "commands.h"
#include "fields.h"
#include "guest/vcpu_number.h"
#include "output.h"
#include "say.h"
#include "session.h"

#include <string.h>

static int vmfunc(struct session *s, const struct command_line *line)
{
    const char *how = line->arguments[1];
    bool on = !strcmp(how, "on");
    struct json_object *o;
    unsigned int vcpu;

    if (vcpu_parse(line->arguments[0], &vcpu)) {
        return EXIT_USAGE;
    }
    if (!on && strcmp(how, "off")) {
        return usage_error("%s: give on or off", how);
    }
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if (altview_set_vmfunc(s->handle, vcpu, on)) {
        return session_refused();
    }
    o = fields();
    field_number(o, "vcpu", vcpu);
    field_bool(o, "vmfunc", on);
    return output_member(s->common.json, o, NULL);
}

int cmd_vmfunc(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VCPU on|off",
        .about =
            "Let a vCPU change to visible views by VMFUNC, or not (the default). A guest that\n"
            "enables #VE gets VMFUNC with it, as on Xen.",
        .options = options,
        .least = 2,
        .most = 2,
    };

    return session_run(&s, &line, argc, argv, vmfunc);
}
