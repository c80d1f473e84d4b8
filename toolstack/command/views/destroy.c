/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"
#include "views/view_list.h"

static int destroy(altview *handle, unsigned int view, struct json_object *done)
{
    field_bool(done, "live", false);
    return altview_destroy_view(handle, view);
}

int cmd_destroy(int argc, char **argv)
{
    return one_view_command(
        argc, argv,
        "Destroy a view. Not view 0, and none that a vCPU is in: move the guest\n"
        "out first, altview switch 0.",
        destroy);
}
