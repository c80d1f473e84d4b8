/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `altview complete WORD...`: for the shells. The words are those of a command line after
 * "altview"; the last one may be incomplete. Prints the candidates for it, one a line; some have a
 * tab and a description. The tables of the command, and the domain, give the candidates for an
 * option or argument.
 */
#include "commands.h"
#include "options.h"
#include "session.h"
#include "toolstack/lib/plain.h"
#include "toolstack/machine/registry.h"
#include "views/access_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct completion {
    const char *prefix;  /* the written part of the last word */
    const char *connect; /* --connect, or NULL */
};

/* Do not offer a word that a user can't type: its lines and tabs would break the output. */
static void offer(const struct completion *c, const char *word, const char *description)
{
    char line[256];

    if (strncmp(word, c->prefix, strlen(c->prefix)) != 0 || !plain_is(word)) {
        return;
    }
    fputs(word, stdout);
    if (*description) {
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(description, "\n"), description);
        putchar('\t');
        plain_put(stdout, line);
    }
    putchar('\n');
}

static void offer_number(const struct completion *c, unsigned int number, const char *description)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", number);
    offer(c, text, description);
}

static void offer_commands(const struct completion *c)
{
    const char *name, *help;

    for (size_t i = 0; command_at(i, &name, &help); i++) {
        offer(c, name, help);
    }
    offer(c, "help", "what a command does, and its options");
}

static void offer_runs(const struct completion *c)
{
    struct run_record *runs;
    size_t count;

    if (!run_list(&runs, &count)) {
        for (size_t i = 0; i < count; i++) {
            offer(c, runs[i].name, "");
        }
        free(runs);
    }
}

static void offer_places(const struct completion *c)
{
    offer_runs(c);
    offer(c, "unix:", "the socket of a run");
    offer(c, "tcp:", "HOST:PORT");
    offer(c, "tty:", "a serial line");
    offer(c, "sim:", "a simulated domain");
    offer(c, "xen:", "a domain of this Xen");
}

/* Completion must not keep the user waiting. */
static bool connect_to(const struct completion *c, altview **handle)
{
    return !altview_open(c->connect, ALTVIEW_OPEN_HURRY, handle);
}

static void offer_views(const struct completion *c)
{
    struct altview_view *views;
    altview *handle;
    size_t count;

    if (!connect_to(c, &handle)) {
        return;
    }
    if (!altview_views(handle, &views, &count)) {
        for (size_t i = 0; i < count; i++) {
            offer_number(c, views[i].view, views[i].name);
            if (views[i].name[0]) {
                offer(c, views[i].name, "");
            }
        }
        free(views);
    }
    altview_close(handle);
}

static void offer_vcpus(const struct completion *c)
{
    struct altview_hello hello;
    altview *handle;

    if (!connect_to(c, &handle)) {
        return;
    }
    if (!altview_hello(handle, &hello)) {
        for (unsigned int i = 0; i < hello.vcpu_count; i++) {
            offer_number(c, i, "");
        }
    }
    altview_close(handle);
}

static void offer_accesses(const struct completion *c)
{
    unsigned int access = 0;

    /* Stop at the first number without a name. */
    for (; *access_name(access) != '?'; access++) {
        offer(c, access_name(access), "");
    }
}

/* The names for words of a synopsis and for options' values, and the candidates for each. A file,
 * or another word, has none: the shell then offers files. */
#define EVENT_WORD(number, name, command, ...) command "|"
static const struct {
    const char *name;
    void (*offer)(const struct completion *c);
    const char *words;
} kinds[] = {
    {"VIEW", offer_views, NULL},
    {"VCPU", offer_vcpus, NULL},
    {"RUN", offer_runs, NULL},
    {"WHERE", offer_places, NULL},
    {"ACCESS", offer_accesses, NULL},
    {"COMMAND", offer_commands, NULL},
    {"ANSWER", NULL, "continue|lift|step|step-in:|switch:|deny:ud|deny:gp|deny:pf|deny:bp|skip"},
    {"RULE", NULL, "deny:gp|deny:ud|deny:pf|stop|lift"},
    {"FORMAT", NULL, "elf|lime|raw"},
    {"PAGING", NULL, "none|32|pse|pae|4-level|5-level"},
    {"LIST", NULL, ALTVIEW_EVENT_TABLE(EVENT_WORD)},
    {"ACTION", NULL, "read|write|fetch|vmfunc|step|resume|shutdown"},
};

/* "on|off" */
static void offer_words(const struct completion *c, const char *words)
{
    while (*words) {
        size_t length = strcspn(words, "|");
        char word[32];

        snprintf(word, sizeof(word), "%.*s", (int)length, words);
        offer(c, word, "");
        words += length + (words[length] != 0);
    }
}

static void offer_kind(const struct completion *c, const char *kind)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!strcmp(kinds[i].name, kind)) {
            if (kinds[i].offer) {
                kinds[i].offer(c);
            } else {
                offer_words(c, kinds[i].words);
            }
            return;
        }
    }
    if (strchr(kind, '|')) {
        offer_words(c, kind);
    }
}

static void offer_value(const struct completion *c, const struct option *option)
{
    for (const char *const *choice = option->choices; choice && *choice; choice++) {
        offer(c, *choice, "");
    }
    offer_kind(c, option->value);
}

static void offer_options(const struct completion *c, const struct option *options)
{
    char text[64];

    for (; options->name; options++) {
        if (options->help) {
            snprintf(text, sizeof(text), "--%s", options->name);
            offer(c, text, options->help);
        }
    }
    offer(c, "--help", "what the command does, and its options");
}

/* The synopsis's word for argument number n, the last for those that follow a "...". */
static void offer_argument(const struct completion *c, const char *synopsis, int n)
{
    char text[128], *rest = NULL;
    const char *kind = "";

    snprintf(text, sizeof(text), "%s", synopsis);
    for (char *word = strtok_r(text, " []", &rest); word && strcmp(word, "--");
         word = strtok_r(NULL, " []", &rest)) {
        char *dots = strstr(word, "...");

        if (!strcmp(word, "OPTIONS")) {
            continue;
        }
        if (dots) {
            *dots = 0;
        }
        if (!n || dots) {
            kind = word;
            break;
        }
        n--;
    }
    offer_kind(c, kind);
}

/* The command line to complete; the command whose options are parsed gives its tables. */
static struct {
    char **words; /* the command's name first; the last is the one in question */
    int count;
} asked;

/* The option that the last word is a value of, or NULL. Reads the words before it too. */
static const struct option *look_through(const struct option *options, struct completion *c,
                                         int *arguments)
{
    int last = asked.count - 1;

    for (int at = 1; at < last; at++) {
        const char *word = asked.words[at];
        const struct option *option = word[0] == '-' ? option_find(options, word) : NULL;

        if (!option) {
            *arguments += word[0] != '-';
        } else if (option->value) {
            const char *value = strchr(word, '=') ? strchr(word, '=') + 1 : asked.words[++at];

            if (at == last) {
                return option;
            }
            c->connect = strcmp(option->name, "connect") ? c->connect : value;
        }
    }
    return NULL;
}

static void complete_in(const struct command_line *line)
{
    struct completion c = {.prefix = asked.words[asked.count - 1]};
    int arguments = 0;
    const struct option *option = look_through(line->options, &c, &arguments);

    if (option) {
        offer_value(&c, option);
    } else if (*c.prefix == '-') {
        offer_options(&c, line->options);
    } else {
        offer_argument(&c, line->synopsis, arguments);
    }
}

int cmd_complete(int argc, char **argv)
{
    const struct completion first = {.prefix = argc > 1 ? argv[argc - 1] : ""};
    static char no_word[] = "";
    char *words[] = {argc > 1 ? argv[1] : no_word, NULL};

    if (argc <= 2 || (argc == 3 && !strcmp(words[0], "help"))) {
        offer_commands(&first);
        return 0;
    }
    asked.words = argv + 1;
    asked.count = argc - 1;
    options_observer = complete_in;
    if (command_exists(words[0])) {
        command_run(1, words);
    }
    options_observer = NULL;
    return 0;
}
