/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview memory`: the map of guest physical memory. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

#include <stdlib.h>

static void add_ranges(struct json_object *all, const struct altview_memory_range *ranges,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct json_object *o = list_fields(all);

        field_hex(o, "address", ranges[i].gfn * RANGE_PAGE);
        field_hex(o, "last", (ranges[i].gfn + ranges[i].nr) * RANGE_PAGE - 1);
        field_hex(o, "gfn", ranges[i].gfn);
        field_number(o, "pages", ranges[i].nr);
        field_text(o, "type", ranges[i].type == ALTVIEW_MEMORY_RAM ? "ram" : "device");
    }
}

static int show(struct session *s, const struct command_line *line)
{
    struct altview_memory_range *ranges;
    struct json_object *o;
    uint64_t maximum;
    size_t count;

    (void)line;
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if (altview_maximum_gfn(s->handle, &maximum) ||
        altview_memory_map(s->handle, &ranges, &count)) {
        return session_refused();
    }
    o = fields();
    field_hex(o, "maximum_gfn", maximum);
    add_ranges(field_list(o, "ranges"), ranges, count);
    free(ranges);
    return output(s->common.json, o);
}

int cmd_memory(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about = "Show the guest's memory map: RAM, devices, and between them holes. Memory that\n"
                 "altview keeps for itself is a hole; so is what the guest has given back. The\n"
                 "maximum gfn is the last one of the machine's RAM.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, show);
}
