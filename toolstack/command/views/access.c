/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview access`: sets or shows what a view allows. */
#include "commands.h"
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

/* Ask for a single page by itself: only then does the domain say that there is no RAM. */
static int show_page(struct session *s, unsigned int view, const struct range *gfns)
{
    struct json_object *ranges;
    unsigned int access;

    if (altview_get_access(s->handle, view, gfns->start, &access)) {
        return session_refused();
    }
    ranges = list();
    add(ranges, gfns->start, gfns->start + 1, access);
    return output(s->common.json, ranges);
}

static int show_range(struct session *s, unsigned int view, const struct range *gfns)
{
    struct altview_override *overrides;
    struct json_object *ranges;
    unsigned int other = 0;
    size_t count;

    if (default_access(s, view, &other) || altview_overrides(s->handle, view, &overrides, &count)) {
        return session_refused();
    }
    ranges = list();
    add_all(ranges, gfns, other, overrides, count);
    free(overrides);
    return output(s->common.json, ranges);
}

static int set(struct session *s, unsigned int view, const struct range *gfns, unsigned int access)
{
    struct json_object *o;

    if (altview_set_access(s->handle, view, gfns->start, gfns->size, access)) {
        return session_refused();
    }
    o = fields();
    field_number(o, "view", view);
    range_record(o, gfns);
    field_text(o, "access", access_name(access));
    return output_member(s->common.json, o, NULL);
}

static int run(struct session *s, const struct command_line *line)
{
    bool sets = line->count > 2;
    unsigned int view, access = 0;
    struct range gfns;
    const char *wrong = range_pages(line->arguments[1], &gfns);

    if (wrong) {
        return usage_error("range %s: %s", line->arguments[1], wrong);
    }
    if (sets && !access_parse(line->arguments[2], &access)) {
        return usage_error("%s: no access is called so; give " ACCESS_NAMES, line->arguments[2]);
    }
    if (session_view(s, line->arguments[0], &view)) {
        return EXIT_FAILED;
    }
    if (sets) {
        return set(s, view, &gfns, access);
    }
    return gfns.size == 1 ? show_page(s, view, &gfns) : show_range(s, view, &gfns);
}

int cmd_access(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS] VIEW RANGE [ACCESS]",
        .about =
            "Set what a view allows in a range of pages, or show it. Pages that are not RAM are\n"
            "skipped. ACCESS: " ACCESS_NAMES "\n"
            "(or in r-x style, after -- where it begins with a dash). rx2rw and n2rwx turn into\n"
            "the wider one at the first refused access. View 0 is where the guest starts.\n"
            "RANGE: 0x1000-0x1fff (the end included), 16M+4K, gfn:0x100, gfn:0x100-0x1ff,\n"
            "gfn:0x100+16.",
        .options = options,
        .least = 2,
        .most = 3,
    };

    return session_run(&s, &line, argc, argv, run);
}
