/* SPDX-License-Identifier: BSD-2-Clause */
/* `altview batch`: commands from a file, over one connection. */
#include "commands.h"
#include "fields.h"
#include "guest/listening.h"
#include "options.h"
#include "output.h"
#include "say.h"
#include "session.h"
#include "toolstack/lib/plain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WORDS 256

struct settings {
    bool echo, keep_going, tied;
};

static int run_words(int count, char **words)
{
    int status;

    if (!strcmp(words[0], "batch")) {
        return usage_error("a batch can't be part of another");
    }
    status = command_run(count, words);
    say_name = "batch";
    return status;
}

static int split_and_run(char *line, unsigned long number)
{
    char *words[MOST_WORDS + 1];
    const char *wrong;
    int count = words_split(line, words, MOST_WORDS, &wrong);

    if (count < 0) {
        return usage_error("line %lu: %s", number, wrong);
    }
    return count ? run_words(count, words) : 0;
}

/* The message of the command that runs: its last, which says why it failed. */
static char message[4096];

static void keep_message(const char *text)
{
    snprintf(message, sizeof(message), "%s", text);
}

static bool is_blank(const char *line)
{
    line += strspn(line, " \t\r");
    return !*line || *line == '#';
}

/* With --json: a record for each command. */
static int record_line(char *line, unsigned long number)
{
    struct json_object *o = fields(), *result = NULL;
    int status;

    field_number(o, "line", number);
    field_text(o, "command", line);
    message[0] = 0;
    say_observer = keep_message;
    output_keep(&result);
    status = split_and_run(line, number);
    output_keep(NULL);
    say_observer = NULL;
    field_number(o, "status", (unsigned int)status);
    json_object_object_add(o, "result", result);
    field_text(o, "error", status ? message : NULL);
    output_line(true, o);
    return status;
}

/* The batch flushes standard output, so that messages are in their right places. */
static int run_line(const struct settings *settings, char *line, unsigned long number, bool json)
{
    int status;

    line[strcspn(line, "\n")] = 0;
    if (json) {
        return is_blank(line) ? 0 : record_line(line, number);
    }
    if (settings->echo) {
        fputs(*line ? "altview> " : "altview>", stdout);
        plain_put(stdout, line);
        putchar('\n');
        fflush(stdout);
    }
    status = split_and_run(line, number);
    if (status && settings->echo) {
        printf("(status %d)\n", status);
    }
    fflush(stdout);
    return status;
}

static int run_lines(const struct settings *settings, FILE *from, bool json)
{
    char *line = NULL;
    size_t room = 0;
    int first = 0;

    for (unsigned long number = 1; getline(&line, &room, from) > 0; number++) {
        int status = run_line(settings, line, number, json);

        first = first ? first : status;
        if (status && !settings->keep_going) {
            say("line %lu has failed: what follows was not done", number);
            break;
        }
    }
    free(line);
    return ferror(from) ? fail("the commands can't be read: %s", strerror(errno)) : first;
}

static int batch(struct session *s, const struct command_line *line)
{
    const char *name = line->count ? line->arguments[0] : "-";
    bool named = strcmp(name, "-") != 0;
    FILE *from;
    int status;

    if (s->common.json && ((const struct settings *)s->settings)->echo) {
        return usage_error("--echo and --json: choose one; a record has its command");
    }
    from = named ? fopen(name, "r") : stdin;
    if (!from) {
        return fail("%s can't be read: %s", name, strerror(errno));
    }
    status = session_open(s);
    if (!status && ((const struct settings *)s->settings)->tied && altview_bind(s->handle)) {
        status = session_refused();
    }
    if (!status) {
        session_share(s->handle, s->common.json);
        status = run_lines(s->settings, from, s->common.json);
        session_share(NULL, false);
    }
    if (named) {
        fclose(from);
    }
    return status;
}

int cmd_batch(int argc, char **argv)
{
    struct settings settings = {0};
    struct session s = {.settings = &settings};
    const struct option options[] = {
        OPTION_FLAG("echo", &settings.echo, "print each command, and its exit status if it fails"),
        OPTION_FLAG("keep-going", &settings.keep_going,
                    "go on after a command that failed; the exit status is that of the first",
                    .letter = 'k'),
        OPTION_FLAG("tied", &settings.tied,
                    "what the batch sets is taken back at its end, also if it is killed"),
        OPTIONS_COMMON(&s.common),
        {0},
    };
    struct command_line line = {
        .synopsis = "[OPTIONS] [FILE]",
        .about =
            "Carry out commands over one connection: a line each, from FILE or standard input,\n"
            "without the word altview. \"...\" and '...' hold blanks, # begins a comment. What\n"
            "ends with a connection lasts as long as the batch: pauses, and listening.",
        .options = options,
        .most = 1,
    };

    return session_run(&s, &line, argc, argv, batch);
}
