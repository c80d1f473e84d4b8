/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview ve`: whether refused accesses raise #VE in the guest. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/view_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xen/xen.h>

#include <xen/hvm/hvm_op.h>

/* A range in one call: altview_set_suppress_ve takes one page. */
static int set_range(altview *handle, unsigned int view, const struct range *gfns, bool suppress)
{
    struct altview_hello hello;
    struct xen_hvm_altp2m_op op = {
        .version = HVMOP_ALTP2M_INTERFACE_VERSION,
        .cmd = HVMOP_altp2m_set_suppress_ve_multi,
        .u.suppress_ve_multi = {.view = (uint16_t)view,
                                .suppress_ve = suppress,
                                .first_gfn = gfns->start,
                                .last_gfn = gfns->start + (gfns->size - 1)},
    };
    int error = altview_hello(handle, &hello);

    op.domain = hello.domid;
    if (error || altview_hvmop(handle, &op, sizeof(op))) {
        return session_refused();
    }
    error = op.u.suppress_ve_multi.first_error;
    if (error) {
        return fail("gfn 0x%" PRIx64 " and maybe others could not be set: %s",
                    op.u.suppress_ve_multi.first_error_gfn, strerror(abs(error)));
    }
    return 0;
}

static int ve(struct session *s, const struct command_line *line)
{
    const char *how = line->arguments[2];
    bool on = !strcmp(how, "on");
    struct json_object *o;
    struct range gfns;
    unsigned int view;
    const char *wrong = range_pages(line->arguments[1], &gfns);

    if (wrong) {
        return usage_error("range %s: %s", line->arguments[1], wrong);
    }
    if (!on && strcmp(how, "off")) {
        return usage_error("%s: give on or off", how);
    }
    if (session_view(s, line->arguments[0], &view) || set_range(s->handle, view, &gfns, !on)) {
        return EXIT_FAILED;
    }
    o = fields();
    field_number(o, "view", view);
    range_record(o, &gfns);
    field_bool(o, "ve", on);
    return output_member(s->common.json, o, NULL);
}

int cmd_ve(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW RANGE on|off",
        .about =
            "Let a refused access to these pages raise #VE in the guest, if it has enabled that\n"
            "exception; or not (the default).",
        .options = options,
        .least = 3,
        .most = 3,
    };

    return session_run(&s, &line, argc, argv, ve);
}
