/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview remap`: another page shown at a gfn of one view. */
#include "commands.h"
#include "fields.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

static int parse_page(const char *text, uint64_t *gfn)
{
    struct range page;
    const char *wrong = range_page(text, &page);

    if (wrong) {
        return usage_error("page %s: %s", text, wrong);
    }
    *gfn = page.start;
    return 0;
}

static int remap(struct session *s, const struct command_line *line)
{
    const bool *undo = s->settings;
    uint64_t gfn = 0, target = ALTVIEW_NO_GFN;
    struct json_object *o;
    unsigned int view;

    if (*undo == (line->count > 2)) {
        return usage_error("give either TARGET or --undo");
    }
    if (parse_page(line->arguments[1], &gfn) ||
        (!*undo && parse_page(line->arguments[2], &target))) {
        return EXIT_USAGE;
    }
    if (session_view(s, line->arguments[0], &view)) {
        return EXIT_FAILED;
    }
    if (altview_remap(s->handle, view, gfn, target)) {
        return session_refused();
    }
    o = fields();
    field_number(o, "view", view);
    field_hex(o, "gfn", gfn);
    field_hex(o, "shows_gfn", *undo ? gfn : target);
    return output_member(s->common.json, o, NULL);
}

int cmd_remap(int argc, char **argv)
{
    bool undo = false;
    struct session s = {.settings = &undo};
    const struct option options[] = {
        {.name = "undo",
         .letter = 'u',
         .help = "take back all that the view has for PAGE: remap, access and #VE",
         .take = option_flag,
         .to = &undo},
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW PAGE [TARGET]",
        .about = "Show the page TARGET at PAGE in one view, with the access TARGET has there.\n"
                 "Pages: 0x5000 (a multiple of 4K) or gfn:0x5.",
        .options = options,
        .least = 2,
        .most = 3,
    };

    return session_run(&s, &line, argc, argv, remap);
}
