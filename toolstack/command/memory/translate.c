/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview translate`: the physical address of a virtual one, and the walk to it. */
#include "commands.h"
#include "fields.h"
#include "memory/place.h"
#include "output.h"
#include "range.h"
#include "say.h"
#include "session.h"

#include <errno.h>
#include <stdio.h>

#define TEXT_MOST 512

struct settings {
    const char *view;
    struct place place;
};

/* "rwxu", with a dash for each missing right. */
static void field_rights(struct json_object *o, unsigned int rights)
{
    char text[] = "rwxu";

    for (unsigned int i = 0; text[i]; i++) {
        text[i] = rights >> i & 1 ? text[i] : '-';
    }
    field_text(o, "rights", text);
}

static void field_page_size(struct json_object *o, unsigned int shift)
{
    if (shift) {
        field_number(o, "page_size", UINT64_C(1) << shift);
    } else {
        field_text(o, "page_size", NULL);
    }
}

static void add_steps(struct json_object *steps, const struct altview_translation *t)
{
    static const char *const names[] = {NULL, "pte", "pde", "pdpte", "pml4e", "pml5e"};

    for (unsigned int i = 0; i < t->step_count; i++) {
        const struct altview_translation_step *step = &t->steps[i];
        struct json_object *o = list_fields(steps);

        field_number(o, "level", step->level);
        field_text(o, "entry", names[step->level]);
        field_hex(o, "address", step->address);
        field_hex(o, "value", step->value);
        field_rights(o, step->rights);
        field_page_size(o, step->page_shift);
    }
}

static struct json_object *record(const struct settings *settings, uint64_t address,
                                  const struct altview_translation *t)
{
    static const char *const ends[ALTVIEW_WALK_ENDS] = {
        [ALTVIEW_WALK_ARRIVED] = "arrived",         [ALTVIEW_WALK_BAD_ADDRESS] = "bad address",
        [ALTVIEW_WALK_NOT_PRESENT] = "not present", [ALTVIEW_WALK_RESERVED] = "reserved bit",
        [ALTVIEW_WALK_NO_TABLE] = "not in RAM",
    };
    bool arrived = t->end == ALTVIEW_WALK_ARRIVED;
    struct json_object *o = fields();

    field_hex(o, "virtual", address);
    field_text(o, "view", settings->view);
    field_text(o, "paging", paging_name(t->mode));
    field_hex(o, "cr3", t->cr3);
    field_text(o, "end", ends[t->end]);
    if (arrived) {
        field_hex(o, "physical", t->physical);
        field_hex(o, "gfn", t->physical / RANGE_PAGE);
        field_page_size(o, t->page_shift);
        field_rights(o, t->rights);
    }
    add_steps(field_list(o, "steps"), t);
    return o;
}

/* The command shows the walk's steps also if the walk finds no page. */
static int show(struct session *s, unsigned int view, uint64_t address)
{
    const struct settings *settings = s->settings;
    struct altview_translation t;
    int error = altview_translate(s->handle, view, &settings->place.space, address, &t), status = 0;

    if (error && error != -EFAULT) {
        return session_refused();
    }
    if (error) {
        status = session_refused();
    }
    output(s->common.json, record(settings, address, &t));
    return status;
}

static int translate(struct session *s, const struct command_line *line)
{
    struct settings *settings = s->settings;
    unsigned int view = ALTVIEW_NO_VIEW;
    const char *given = line->arguments[0];
    char text[TEXT_MOST];
    uint64_t address;

    snprintf(text, sizeof(text), "%s%s", place_is_virtual(given) ? "" : "va:", given);
    if (place_check_address(&settings->place, text)) {
        return EXIT_USAGE;
    }
    if (session_open(s) || (settings->view && session_view(s, settings->view, &view)) ||
        place_address(s, &settings->place, text, &address)) {
        return EXIT_FAILED;
    }
    return show(s, view, address);
}

int cmd_translate(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_TEXT(
            "view", "VIEW", &settings.view,
            "by page tables as that view shows them (default: as memory is, without any view)"),
        OPTIONS_PLACE(&settings.place),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] ADDRESS",
        .about =
            "Translate a virtual address by the guest's page tables, and show the way: each entry\n"
            "with its address, value and rights (u: in ring 3 too). What a view allows does not\n"
            "matter, and nothing is changed.",
        .options = options,
        .least = 1,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, translate);
}
