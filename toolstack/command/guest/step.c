/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview step`: the next instructions of a vCPU, one by one. */
#include "commands.h"
#include "guest/listening.h"
#include "guest/record.h"
#include "guest/vcpu_number.h"
#include "output.h"
#include "say.h"
#include "stopping.h"
#include "symbols/names.h"

#include <altview/sim.h>
#include <errno.h>
#include <stdlib.h>

struct settings {
    unsigned long count, seconds;
    struct names names;
};

static const struct listening steps_alone = {
    .types = UINT32_C(1) << ALTVIEW_EVENT_SINGLE_STEP,
    .sync = true,
};

static int is_paused(altview *handle, unsigned int vcpu, bool *paused)
{
    struct altview_vcpu *vcpus;
    size_t count;
    int error = altview_vcpus(handle, &vcpus, &count);

    if (error) {
        return error;
    }
    *paused = false;
    for (size_t i = 0; i < count; i++) {
        *paused |= vcpus[i].vcpu == vcpu && vcpus[i].flags & ALTVIEW_VCPU_PAUSED;
    }
    free(vcpus);
    return 0;
}

/* Wait for the event of this vCPU's next instruction. Skip events of an earlier `listen`, because a
 * step is about later ones. */
static int next(altview *handle, unsigned int vcpu, const struct stopping *stopping,
                struct altview_event *event)
{
    int error;

    do {
        error = altview_next_event(handle, event, stopping_wait(stopping));
        if (!error && event->type == ALTVIEW_EVENT_SINGLE_STEP && event->vcpu == vcpu) {
            return 0;
        }
    } while ((!error || error == -EAGAIN) && stopping_wait(stopping) && !stopping_asked());
    return error ? error : -EAGAIN;
}

/* A simulated vCPU executes only instructions that it is told to; a real one runs by itself. The
 * vCPU may have been paused before the end of the last one. */
static void drive(altview *handle, unsigned int vcpu)
{
    uint64_t unused = 0;

    altview_sim_resume(handle, vcpu, &unused);
    altview_sim_step(handle, vcpu);
}

static int answer(altview *handle, const struct altview_event *event)
{
    const struct altview_answer run_on = {.event = event->id, .vcpu = event->vcpu};
    uint64_t unused = 0;
    int error = altview_answer(handle, &run_on);

    if (!error) {
        altview_sim_resume(handle, event->vcpu, &unused);
    }
    return error;
}

static int one(struct session *s, unsigned int vcpu, const struct stopping *stopping, bool last,
               bool pause)
{
    struct altview_event event;
    struct json_object *o;
    int error;

    drive(s->handle, vcpu);
    error = next(s->handle, vcpu, stopping, &event);
    if (error) {
        return error == -EAGAIN ? fail("vCPU %u has executed nothing; is it halted?", vcpu)
                                : session_refused();
    }
    o = fields();
    event_record(o, &event);
    output_line(s->common.json, o);
    if ((last && altview_single_step(s->handle, vcpu, false)) ||
        (pause && altview_pause(s->handle, vcpu)) || answer(s->handle, &event)) {
        return session_refused();
    }
    return 0;
}

/* A paused vCPU executes these instructions, and is paused again. */
static int steps(struct session *s, unsigned int vcpu, const struct stopping *stopping)
{
    const struct settings *settings = s->settings;
    bool paused;
    int status = 0;

    if (is_paused(s->handle, vcpu, &paused) || altview_single_step(s->handle, vcpu, true) ||
        (paused && altview_unpause(s->handle, vcpu))) {
        return session_refused();
    }
    for (unsigned long n = 1; !status && n <= settings->count && !stopping_asked(); n++) {
        bool last = n == settings->count;

        status = one(s, vcpu, stopping, last, last && paused);
    }
    return status;
}

static int step(struct session *s, const struct command_line *line)
{
    const struct settings *settings = s->settings;
    struct stopping stopping;
    unsigned int vcpu = 0;
    int status;

    if (line->count && vcpu_parse(line->arguments[0], &vcpu)) {
        return EXIT_USAGE;
    }
    if (session_open(s) || names_use(s, &settings->names, vcpu)) {
        return EXIT_FAILED;
    }
    if (listening_begin(s->handle, &steps_alone)) {
        return session_refused();
    }
    stopping_begin(&stopping, settings->seconds);
    status = steps(s, vcpu, &stopping);
    stopping_end();
    if (status || stopping_asked()) {
        altview_single_step(s->handle, vcpu, false);
    }
    if (listening_end(s->handle) && !status) {
        status = session_refused();
    }
    return status;
}

int cmd_step(int argc, char **argv)
{
    struct settings settings = {.count = 1, .seconds = 10};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_NUMBER("count", "N", &settings.count, 1, 1000000000,
                      "so many instructions (default: 1)", .letter = 'n'),
        OPTION_NUMBER("timeout", "SECONDS", &settings.seconds, 1, 31536000,
                      "for all of them (default: 10)", .letter = 't'),
        OPTIONS_NAMES(&settings.names),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [VCPU]",
        .about = "Let a vCPU (default: 0) execute one instruction and show where it is then: the\n"
                 "instruction shown is the next one. A paused vCPU is paused again.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, step);
}
