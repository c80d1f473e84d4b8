/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview hide` and `altview show-to-guest`. */
#include "commands.h"
#include "one_view.h"

static int hide(altview *handle, unsigned int view, struct json_object *done)
{
    field_bool(done, "visible", false);
    return altview_set_visibility(handle, view, false);
}

static int show_to_guest(altview *handle, unsigned int view, struct json_object *done)
{
    field_bool(done, "visible", true);
    return altview_set_visibility(handle, view, true);
}

int cmd_hide(int argc, char **argv)
{
    return one_view_command(
        argc, argv,
        "Hide a view: the guest's VMFUNC can't reach it any more. A vCPU that is\n"
        "in it stays until it leaves. In mixed mode the guest can undo it.",
        hide);
}

int cmd_show_to_guest(int argc, char **argv)
{
    return one_view_command(argc, argv, "Let the guest's VMFUNC reach a view again.",
                            show_to_guest);
}
