/* SPDX-License-Identifier: BSD-2-Clause */
#include "commands.h"
#include "views/view_list.h"

static int switch_to(altview *handle, unsigned int view, struct json_object *done)
{
    field_bool(done, "current", true);
    return altview_switch_to_view(handle, view);
}

int cmd_switch(int argc, char **argv)
{
    return one_view_command(argc, argv, "Move all vCPUs to a view, which must be visible.",
                            switch_to);
}
