/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview pause` and `altview unpause`. */
#include "commands.h"
#include "fields.h"
#include "guest/vcpu_number.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "stopping.h"

#include <poll.h>
#include <stdio.h>

#define SIGN_OF_LIFE 10 /* one ping for that many checks of the clock */

static void record(struct session *s, unsigned int vcpu, bool paused)
{
    struct json_object *o = fields();

    if (vcpu == ALTVIEW_ALL_VCPUS) {
        field_text(o, "vcpu", "all");
    } else {
        field_number(o, "vcpu", vcpu);
    }
    field_bool(o, "paused", paused);
    output_member(s->common.json, o, NULL);
}

struct settings {
    bool domain;
    unsigned long seconds;
};

/* A pause ends with the connection, and when the domain hears nothing from this client. */
static int hold(struct session *s, unsigned long seconds)
{
    struct stopping stopping;
    struct altview_hello hello;
    int wait, status = 0;

    fflush(stdout);
    say("until this command ends (Ctrl-C)");
    stopping_begin(&stopping, seconds);
    for (unsigned int n = 1; !status && !stopping_asked(); n++) {
        wait = stopping_wait(&stopping);
        if (!wait) {
            break;
        }
        poll(NULL, 0, wait);
        if (n % SIGN_OF_LIFE == 0 && altview_hello(s->handle, &hello)) {
            status = session_refused();
        }
    }
    stopping_end();
    return status;
}

static int which(const struct command_line *line, unsigned int *vcpu)
{
    *vcpu = ALTVIEW_ALL_VCPUS;
    return line->count ? vcpu_parse(line->arguments[0], vcpu) : 0;
}

static int pause_vcpu(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    unsigned int vcpu;
    int status;

    if (which(line, &vcpu)) {
        return EXIT_USAGE;
    }
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if ((settings->domain ? altview_pause_domain : altview_pause)(s->handle, vcpu)) {
        return session_refused();
    }
    record(s, vcpu, true);
    if (session_is_shared() || settings->domain) {
        return 0;
    }
    status = hold(s, settings->seconds);
    if (altview_unpause(s->handle, vcpu) && !status) {
        status = session_refused();
    }
    return status;
}

int cmd_pause(int argc, char **argv)
{
    struct settings settings = {.seconds = STOPPING_NEVER};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_FLAG("domain", &settings.domain, "until altview unpause --domain, without a limit"),
        OPTION_NUMBER("timeout", "SECONDS", &settings.seconds, 0, 31536000, "end after that time",
                      .letter = 't'),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [VCPU]",
        .about = "Pause a vCPU (default: all) for as long as this command runs. In a batch: until\n"
                 "altview unpause, or the end of the batch. With --domain: for as long as it\n"
                 "takes, whoever comes and goes. Pauses count, each kind by itself.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, pause_vcpu);
}

static int unpause_vcpu(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    unsigned int vcpu;

    if (which(line, &vcpu)) {
        return EXIT_USAGE;
    }
    if (session_open(s)) {
        return EXIT_FAILED;
    }
    if ((settings->domain ? altview_unpause_domain : altview_unpause)(s->handle, vcpu)) {
        return session_refused();
    }
    record(s, vcpu, false);
    return 0;
}

int cmd_unpause(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_FLAG("domain", &settings.domain, "a pause of altview pause --domain"),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [VCPU]",
        .about =
            "Take back a pause of a vCPU (default: of all): one of the batch, or the domain's.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, unpause_vcpu);
}
