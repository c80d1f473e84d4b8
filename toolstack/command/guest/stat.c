/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview stat`: the domain, and its statistics so far. */
#include "commands.h"
#include "control/exit_reason.h"
#include "fields.h"
#include "output.h"
#include "say.h"
#include "session.h"

#include <stdlib.h>

static const char *mode_name(unsigned int mode)
{
    static const char *const names[] = {"disabled", "mixed", "external", "limited"};

    return mode < sizeof(names) / sizeof(names[0]) ? names[mode] : "?";
}

static int add_domain(struct session *s, struct json_object *o, uint32_t *vcpus)
{
    struct altview_hello hello;
    int error = altview_hello(s->handle, &hello);

    if (error) {
        return error;
    }
    *vcpus = hello.vcpu_count;
    hello.software[sizeof(hello.software) - 1] = 0;
    field_text(o, "software", hello.software);
    field_number(o, "domain", hello.domid);
    field_text(o, "mode", mode_name(hello.mode));
    field_bool(o, "altp2m", hello.flags & ALTVIEW_HELLO_ACTIVE);
    field_bool(o, "access_required", hello.flags & ALTVIEW_HELLO_ACCESS_REQUIRED);
    field_bool(o, "unanswered", hello.flags & ALTVIEW_HELLO_UNANSWERED);
    field_number(o, "view_slots", hello.view_count);
    return 0;
}

static void add_tables(struct json_object *o, const struct altview_statistics *statistics)
{
    struct json_object *tables = field_fields(o, "table_pages");

    field_number(tables, "pool", statistics->pool_pages);
    field_number(tables, "free", statistics->pool_free);
    field_number(tables, "base", statistics->base_pages);
    field_number(tables, "views", statistics->view_pages);
}

static void add_events(struct json_object *o, const struct altview_statistics *statistics)
{
    struct json_object *events = field_fields(o, "events");

    field_number(events, "sent", statistics->events_sent);
    field_number(events, "dropped", statistics->events_dropped);
    field_number(events, "answered", statistics->events_answered);
    field_number(events, "timed_out", statistics->events_timed_out);
    field_number(events, "policy_lifts", statistics->policy_lifts);
    field_number(events, "policy_steps", statistics->policy_steps);
}

static void add_port(struct json_object *o, const struct altview_statistics *statistics)
{
    struct json_object *port = field_fields(o, "control_port");

    field_number(port, "requests", statistics->requests);
    field_number(port, "bad_frames", statistics->bad_frames);
    field_number(port, "stray_bytes", statistics->stray_bytes);
}

static void add_exits(struct json_object *exits, unsigned int vcpu,
                      const struct altview_statistics *statistics)
{
    for (unsigned int reason = 0; reason < ALTVIEW_EXIT_REASONS; reason++) {
        if (statistics->exits[reason]) {
            struct json_object *o = list_fields(exits);

            field_number(o, "vcpu", vcpu);
            field_number(o, "reason", reason);
            field_text(o, "name", exit_reason_name(reason));
            field_number(o, "count", statistics->exits[reason]);
        }
    }
}

static int add_views(struct session *s, struct json_object *o)
{
    struct json_object *all = field_list(o, "views");
    struct altview_view *views;
    size_t count;
    int error = altview_views(s->handle, &views, &count);

    if (error) {
        return error;
    }
    for (size_t i = 0; i < count; i++) {
        struct json_object *view = list_fields(all);

        field_number(view, "view", views[i].view);
        field_text(view, "name", views[i].name);
        field_number(view, "table_pages", views[i].table_pages);
        field_number(view, "violations", views[i].violations);
    }
    free(views);
    return 0;
}

/* Only the exits are a vCPU's; the rest is printed once. */
static int add_statistics(struct session *s, struct json_object *o, uint32_t vcpus)
{
    struct json_object *exits = NULL;
    struct altview_statistics statistics;

    for (uint32_t vcpu = 0; vcpu < vcpus; vcpu++) {
        int error = altview_statistics(s->handle, vcpu, &statistics);

        if (error) {
            return error;
        }
        if (!exits) {
            add_tables(o, &statistics);
            add_events(o, &statistics);
            add_port(o, &statistics);
            exits = field_list(o, "exits");
        }
        add_exits(exits, vcpu, &statistics);
    }
    return 0;
}

static int show_statistics(struct session *s, const struct command_line *line)
{
    struct json_object *o;
    uint32_t vcpus = 0;

    (void)line;
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    o = fields();
    if (add_domain(s, o, &vcpus) || add_statistics(s, o, vcpus) || add_views(s, o)) {
        json_object_put(o);
        return session_refused();
    }
    return output(s->common.json, o);
}

int cmd_stat(int argc, char **argv)
{
    struct session s = {0};
    const struct option options[] = {OPTIONS_COMMON(&s.common), {0}};
    struct command_line line = {
        .synopsis = "[OPTIONS]",
        .about = "Show the domain, its VM exits by reason, events, and pages taken by tables.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, show_statistics);
}
