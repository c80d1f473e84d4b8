/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview access`: sets or shows the accesses that a view allows. */
#include "commands.h"
#include "memory/place.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "views/access_name.h"
#include "views/view_list.h"

#include <stdlib.h>

static void add(struct json_object *ranges, uint64_t from, uint64_t end, unsigned int access)
{
    const struct range gfns = {from, end - from};

    if (from < end) {
        struct json_object *o = list_fields(ranges);

        range_record(o, &gfns);
        field_text(o, "access", access_name(access));
    }
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The overrides within the range, and between them the view's default. */
static void add_all(struct json_object *ranges, const struct range *gfns, unsigned int other,
                    const struct altview_override *overrides, size_t count)
{
    uint64_t at = gfns->start, end = gfns->start + gfns->size;

    for (size_t i = 0; i < count; i++) {
        uint64_t from = clamp(overrides[i].gfn, at, end);
        uint64_t to = clamp(overrides[i].gfn + overrides[i].nr, at, end);

        add(ranges, at, from, other);
        add(ranges, from, to, overrides[i].access);
        at = to;
    }
    add(ranges, at, end, other);
}

static int default_access(struct session *s, unsigned int view, unsigned int *access)
{
    struct altview_view *views;
    size_t count;
    int error = altview_views(s->handle, &views, &count);

    for (size_t i = 0; !error && i < count; i++) {
        if (views[i].view == view) {
            *access = views[i].default_access;
        }
    }
    if (!error) {
        free(views);
    }
    return error;
}

/* Ask for a single page separately: only then does the domain report that there is no RAM. */
static int show_page(struct session *s, unsigned int view, uint64_t gfn, struct json_object *ranges)
{
    unsigned int access;

    if (altview_get_access(s->handle, view, gfn, &access)) {
        return session_refused();
    }
    add(ranges, gfn, gfn + 1, access);
    return 0;
}

static int show_range(struct session *s, unsigned int view, const struct range *gfns,
                      struct json_object *ranges)
{
    struct altview_override *overrides;
    unsigned int other = 0;
    size_t count;

    if (default_access(s, view, &other) || altview_overrides(s->handle, view, &overrides, &count)) {
        return session_refused();
    }
    add_all(ranges, gfns, other, overrides, count);
    free(overrides);
    return 0;
}

/* Pages in several pieces, if the user gave them by virtual addresses. */
struct pages {
    unsigned int view;
    struct range *gfns;
    size_t count;
};

static int show(struct session *s, const struct pages *pages)
{
    struct json_object *ranges = list();
    int status = 0;

    for (size_t i = 0; !status && i < pages->count; i++) {
        const struct range *gfns = &pages->gfns[i];

        status = gfns->size == 1 ? show_page(s, pages->view, gfns->start, ranges)
                                 : show_range(s, pages->view, gfns, ranges);
    }
    if (status) {
        json_object_put(ranges);
        return status;
    }
    return output(s->common.json, ranges);
}

static int set(struct session *s, const struct pages *pages, unsigned int access)
{
    for (size_t i = 0; i < pages->count; i++) {
        const struct range *gfns = &pages->gfns[i];
        struct json_object *o;

        if (altview_set_access(s->handle, pages->view, gfns->start, gfns->size, access)) {
            return session_refused();
        }
        o = fields();
        field_number(o, "view", pages->view);
        range_record(o, gfns);
        field_text(o, "access", access_name(access));
        output_member(s->common.json, o, NULL);
    }
    return 0;
}

static int run(struct session *s, const struct command_line *line)
{
    const struct place *place = s->settings;
    const char *text = line->arguments[1];
    bool sets = line->count > 2;
    struct pages pages;
    unsigned int access = 0;
    int status;

    if (place_check(place, "range", text, range_pages)) {
        return EXIT_USAGE;
    }
    if (sets && !access_parse(line->arguments[2], &access)) {
        return usage_error("%s: no access is called so; give " ACCESS_NAMES, line->arguments[2]);
    }
    if (session_view(s, line->arguments[0], &pages.view) ||
        place_pages(s, place, pages.view, text, &pages.gfns, &pages.count)) {
        return EXIT_FAILED;
    }
    status = sets ? set(s, &pages, access) : show(s, &pages);
    free(pages.gfns);
    return status;
}

int cmd_access(int argc, char **argv)
{
    struct place place = {0};
    struct session s = {.settings = &place};
    const struct option options[] = {OPTIONS_PLACE(&place), OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW RANGE [ACCESS]",
        .about =
            "Set what a view allows in a range of pages, or show it. Pages that are not RAM are\n"
            "skipped. ACCESS: " ACCESS_NAMES "\n"
            "(or in r-x style, after -- where it begins with a dash). rx2rw and n2rwx turn into\n"
            "the wider one at the first refused access. View 0 is where the guest starts.\n"
            "RANGE: 0x1000-0x1fff (the end included), 16M+4K, gfn:0x100, gfn:0x100-0x1ff,\n"
            "gfn:0x100+16; or va:0x1000+64: each page that those virtual addresses touch, by page\n"
            "tables as VIEW shows them.",
        .options = options,
        .least = 2,
        .most = 3,
    };

    return session_run(&s, &line, argc, argv, run);
}
