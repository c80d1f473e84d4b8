/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview remap`: another page shown at a gfn of one view. */
#include "commands.h"
#include "fields.h"
#include "memory/place.h"
#include "output.h"
#include "say.h"
#include "session.h"

struct settings {
    struct place place;
    bool undo;
};

static int check_page(const struct place *place, const char *text)
{
    return place_is_virtual(text) ? place_check_address(place, text)
                                  : place_check(place, "page", text, range_page);
}

/* The page of an address. */
static int find_page(struct session *s, unsigned int view, const char *text, uint64_t *gfn)
{
    const struct settings *settings = s->settings;
    struct altview_translation t;
    struct range page;
    uint64_t address;

    if (!place_is_virtual(text)) {
        range_page(text, &page);
        *gfn = page.start;
        return 0;
    }
    if (place_address(s, &settings->place, text, &address)) {
        return EXIT_FAILED;
    }
    if (altview_translate(s->handle, view, &settings->place.space, address, &t)) {
        return session_refused();
    }
    *gfn = t.physical / RANGE_PAGE;
    return 0;
}

static int remap_page(struct session *s, const struct command_line *line, unsigned int view)
{
    const struct settings *settings = s->settings;
    uint64_t gfn = 0, target = ALTVIEW_NO_GFN;
    struct json_object *o;

    if (find_page(s, view, line->arguments[1], &gfn) ||
        (!settings->undo && find_page(s, view, line->arguments[2], &target))) {
        return EXIT_FAILED;
    }
    if (altview_remap(s->handle, view, gfn, target)) {
        return session_refused();
    }
    o = fields();
    field_number(o, "view", view);
    field_hex(o, "gfn", gfn);
    field_hex(o, "shows_gfn", settings->undo ? gfn : target);
    return output_member(s->common.json, o, NULL);
}

static int remap(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    unsigned int view;

    if (settings->undo == (line->count > 2)) {
        return usage_error("give either TARGET or --undo");
    }
    if (check_page(&settings->place, line->arguments[1]) ||
        (!settings->undo && check_page(&settings->place, line->arguments[2]))) {
        return EXIT_USAGE;
    }
    return session_view(s, line->arguments[0], &view) ? EXIT_FAILED : remap_page(s, line, view);
}

int cmd_remap(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_FLAG("undo", &settings.undo,
                    "take back all that the view has for PAGE: remap, access and #VE",
                    .letter = 'u'),
        OPTIONS_PLACE(&settings.place),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW PAGE [TARGET]",
        .about = "Show the page TARGET at PAGE in one view, with the access TARGET has there.\n"
                 "Pages: 0x5000 (a multiple of 4K), gfn:0x5, or va:0x...: the page that a virtual\n"
                 "address lies in, by page tables as VIEW shows them.",
        .options = options,
        .least = 2,
        .most = 3,
    };

    return session_run(&s, &line, argc, argv, remap);
}
