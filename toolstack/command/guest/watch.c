/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview watch`: events as they come, and answers to those that wait for one. */
#include "commands.h"
#include "guest/answer.h"
#include "guest/listening.h"
#include "guest/record.h"
#include "guest/target.h"
#include "output.h"
#include "say.h"
#include "stopping.h"

#include <errno.h>

struct settings {
    struct listening listening;
    struct answer_plan answer;
    struct targets targets;
    unsigned long count;   /* 0: no limit */
    unsigned long seconds; /* or STOPPING_NEVER */
};

static bool ends(const struct altview_event *event)
{
    return event->type == ALTVIEW_EVENT_SHUTDOWN || event->type == ALTVIEW_EVENT_TIMEOUT;
}

/* Show the event first: the domain may refuse the answer. */
static int take(struct session *s, const struct settings *settings,
                const struct altview_event *event)
{
    struct json_object *o = fields();

    event_record(o, event);
    output_line(s->common.json, o);
    if (event->flags & ALTVIEW_EVENT_SYNC && answer_event(s->handle, &settings->answer, event)) {
        return session_refused();
    }
    return 0;
}

/* An event outside the watched places: the guest goes on as without an answer of the user's. */
static int pass_over(struct session *s, const struct altview_event *event)
{
    static const struct answer_plan none;

    return event->flags & ALTVIEW_EVENT_SYNC && answer_event(s->handle, &none, event)
               ? session_refused()
               : 0;
}

/* 0 with an event; -EAGAIN: the wait is over. */
static int next(struct session *s, const struct stopping *stopping, struct altview_event *event)
{
    int wait, error;

    do {
        wait = stopping_wait(stopping);
        error = altview_next_event(s->handle, event, wait);
    } while (error == -EAGAIN && wait && !stopping_asked());
    return error;
}

static int loop(struct session *s, const struct settings *settings, const struct stopping *stopping)
{
    struct altview_event event = {.type = ALTVIEW_EVENTS};
    unsigned long seen = 0;
    int error = 0, status = 0;

    while (!status && !ends(&event) && !stopping_asked() &&
           (!settings->count || seen < settings->count)) {
        error = next(s, stopping, &event);
        if (error) {
            break;
        }
        if (targets_have(s, &settings->targets, &event)) {
            status = take(s, settings, &event);
            seen++;
        } else {
            status = pass_over(s, &event);
        }
    }
    if (error && error != -EAGAIN) {
        return session_refused();
    }
    if (!status && event.type == ALTVIEW_EVENT_TIMEOUT) {
        return fail("an event was not answered in time, so no monitor listens now, and the rule "
                    "of --unanswered decides; a longer --reply-timeout helps");
    }
    if (!status && seen < settings->count) {
        return fail("%lu of %lu events have come", seen, settings->count);
    }
    return status;
}

static int listen_and_loop(struct session *s)
{
    const struct settings *settings = s->settings;
    struct stopping stopping;
    int status;

    if (listening_begin(s->handle, &settings->listening)) {
        return session_refused();
    }
    stopping_begin(&stopping, settings->seconds);
    status = loop(s, settings, &stopping);
    stopping_end();
    if (listening_end(s->handle) && !status) {
        status = session_refused();
    }
    return status;
}

static int watch(struct session *s, const struct command_line *line)
{
    struct settings *settings = s->settings;
    const struct place *place = &settings->targets.place;
    int status = EXIT_FAILED;

    if (listening_check(&settings->listening) ||
        targets_check(&settings->targets, line->arguments, (size_t)line->count)) {
        return EXIT_USAGE;
    }
    settings->listening.sync |= settings->answer.text != NULL;
    if (!session_open(s) && !answer_prepare(s, &settings->answer) &&
        !names_use(s, &place->names, place->space.vcpu) &&
        !targets_find(s, &settings->targets, line->arguments, (size_t)line->count)) {
        status = listen_and_loop(s);
    }
    targets_free(&settings->targets);
    return status;
}

int cmd_watch(int argc, char **argv)
{
    struct settings settings = {.seconds = STOPPING_NEVER};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTIONS_LISTENING(&settings.listening),
        OPTION_BY(option_answer, "answer", "ANSWER", &settings.answer,
                  "how each is answered; means --sync:\n" ANSWER_NAMES "\n"
                  "(default: that instruction may, the restriction stays; VMFUNC: #UD; INT3: #BP)",
                  .letter = 'a'),
        OPTION_NUMBER("count", "N", &settings.count, 1, 1000000000,
                      "end after so many; fewer are a failure", .letter = 'n'),
        OPTION_NUMBER("timeout", "SECONDS", &settings.seconds, 0, 31536000,
                      "end after that time; 0: what has come already", .letter = 't'),
        OPTIONS_PLACE(&settings.targets.place),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [RANGE...]",
        .most = -1,
        .about =
            "Show events as they come, a line each, until the guest ends or Ctrl-C: accesses that\n"
            "a view refuses, with the instruction; refused VMFUNCs; breakpoints (INT3); single\n"
            "steps; the guest's end. With --events also writes that change control registers;\n"
            "with --msr writes of MSRs.\n"
            "With RANGE only those there, by the address that was accessed, else by the\n"
            "instruction's; others are let go by as without --answer. RANGE: as altview read has\n"
            "it, but va:ADDRESS alone is one byte.\n"
            "Without --sync no monitor is asked. As in Xen, a refused access is reported and the\n"
            "page becomes rwx in that view; altview policy VIEW report keeps the restriction.\n"
            "With --sync, what this command can't answer any more (it is late, or killed) goes by\n"
            "--unanswered, until another watch --sync takes over. Ended by Ctrl-C or --count, "
            "that\n"
            "holds for what waits then; what comes later goes as without --sync.",
        .options = options,
    };

    return session_run(&s, &line, argc, argv, watch);
}
