/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview registers`: shows or sets the registers of a vCPU. */
#include "commands.h"
#include "guest/record.h"
#include "guest/vcpu_number.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "symbols/names.h"

#define MOST_SETS 32

struct settings {
    unsigned long count;
    const char *sets[MOST_SETS]; /* "rip=0x1000" */
    struct names names;
};

/* Checked here; the command applies it when it knows the other registers. */
static int take_set(const struct option *option, const char *value)
{
    struct settings *settings = option->to;
    struct altview_set_registers unused = {0};
    const char *wrong = register_parse(value, &unused);

    if (wrong) {
        return usage_error("--set %s: %s", value, wrong);
    }
    if (settings->count == MOST_SETS) {
        return usage_error("--set: at most %d registers at once", MOST_SETS);
    }
    settings->sets[settings->count++] = value;
    return 0;
}

/* The vCPU is paused. The mask has one bit for all general registers. */
static int change(struct session *s, unsigned int vcpu, const struct settings *settings)
{
    struct altview_registers now;
    struct altview_set_registers to = {.vcpu = vcpu};
    int error = altview_get_registers(s->handle, vcpu, &now);

    if (error) {
        return error;
    }
    to.general = now.general;
    for (size_t i = 0; i < settings->count; i++) {
        register_parse(settings->sets[i], &to);
    }
    return altview_set_registers(s->handle, &to);
}

/* Set the given registers, and read all. */
static int set_and_get(struct session *s, unsigned int vcpu, const struct settings *settings,
                       struct altview_registers *now)
{
    int status = 0;

    if (!settings->count) {
        return altview_get_registers(s->handle, vcpu, now) ? session_refused() : 0;
    }
    if (altview_pause(s->handle, vcpu)) {
        return session_refused();
    }
    if (change(s, vcpu, settings) || altview_get_registers(s->handle, vcpu, now)) {
        status = session_refused();
    }
    if (altview_unpause(s->handle, vcpu) && !status) {
        status = session_refused();
    }
    return status;
}

static void add_names(struct json_object *o, const struct altview_registers *now)
{
    if (names_are_used()) {
        field_text(o, "rip_symbol", names_of(now->general.rip));
        field_text(o, "lstar_symbol", names_of(now->lstar));
    }
}

static int registers(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    struct altview_registers now = {0};
    struct json_object *o;
    unsigned int vcpu = 0;

    if (line->count && vcpu_parse(line->arguments[0], &vcpu)) {
        return EXIT_USAGE;
    }
    if (session_open(s) || names_use(s, &settings->names, vcpu) ||
        set_and_get(s, vcpu, settings, &now)) {
        return EXIT_FAILED;
    }
    o = fields();
    field_number(o, "vcpu", vcpu);
    add_names(o, &now);
    registers_record(o, &now);
    return settings->count ? output_member(s->common.json, o, NULL) : output(s->common.json, o);
}

int cmd_registers(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_BY(take_set, "set", "REGISTER=VALUE", &settings,
                  "change rax to r15, rip, rflags or cr3; may be given several times",
                  .letter = 's'),
        OPTIONS_NAMES(&settings.names),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [VCPU]",
        .about = "Show the registers of a vCPU (default: 0), or change some.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, registers);
}
