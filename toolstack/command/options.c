/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include "say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELP_COLUMN 26

void (*options_observer)(const struct command_line *line);

int option_flag(const struct option *option, const char *value)
{
    (void)value;
    *(bool *)option->to = true;
    return 0;
}

int option_text(const struct option *option, const char *value)
{
    *(const char **)option->to = value;
    return 0;
}

int option_number(const struct option *option, const char *value)
{
    unsigned long number;
    char *end;

    errno = 0;
    number = strtoul(value, &end, 10);
    if (strspn(value, "0123456789") != strlen(value) || end == value || errno ||
        number < option->low || number > option->high) {
        return usage_error("--%s %s: give a whole number from %lu to %lu", option->name, value,
                           option->low, option->high);
    }
    *(unsigned long *)option->to = number;
    return 0;
}

/* "a, b or c" */
static void list_choices(const char *const *choices, char *text, size_t size)
{
    size_t used = 0;

    text[0] = 0;
    for (; *choices && used < size; choices++) {
        const char *separator = !used ? "" : choices[1] ? ", " : " or ";

        used += (size_t)snprintf(text + used, size - used, "%s%s", separator, *choices);
    }
}

int option_choice(const struct option *option, const char *value)
{
    char all[256];

    for (const char *const *choice = option->choices; *choice; choice++) {
        if (!strcmp(*choice, value)) {
            *(const char **)option->to = *choice;
            return 0;
        }
    }
    list_choices(option->choices, all, sizeof(all));
    return usage_error("--%s %s: give %s", option->name, value, all);
}

static void print_option(const struct option *option)
{
    char left[64];
    int width = 0;

    if (option->letter) {
        width = snprintf(left, sizeof(left), "-%c, ", option->letter);
    }
    snprintf(left + width, sizeof(left) - (size_t)width, "--%s%s%s", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    printf("  %-*s", HELP_COLUMN - 2, left);
    if (strlen(left) >= HELP_COLUMN - 2) {
        printf("\n%*s", HELP_COLUMN, "");
    }
    for (const char *c = option->help; *c; c++) {
        putchar(*c);
        if (*c == '\n') {
            printf("%*s", HELP_COLUMN, "");
        }
    }
    if (option->variable) {
        printf("; $%s has another", option->variable);
    }
    putchar('\n');
}

static int print_help(const struct command_line *line, const char *name)
{
    static const struct option help = {.name = "help", .letter = 'h', .help = "this text"};

    printf("usage: altview %s %s\n\n%s\n\nOptions\n", name, line->synopsis, line->about);
    for (const struct option *option = line->options; option->name; option++) {
        if (option->help) {
            print_option(option);
        }
    }
    print_option(&help);
    return 0;
}

const struct option *option_find(const struct option *options, const char *word)
{
    bool is_long = word[1] == '-';
    size_t length = strcspn(word + 2, "=");

    for (const struct option *option = options; option->name; option++) {
        bool is_this =
            is_long ? strlen(option->name) == length && !strncmp(option->name, word + 2, length)
                    : option->letter && option->letter == word[1] && !word[2];

        if (is_this) {
            return option;
        }
    }
    return NULL;
}

static int no_option(const struct option *options, const char *word)
{
    struct nearest nearest = {.typed = word + strspn(word, "-")};
    char text[64];

    for (const struct option *option = options; option->name; option++) {
        if (option->help) {
            nearest_try(&nearest, option->name);
        }
    }
    nearest_text(&nearest, "--", text, sizeof(text));
    return usage_error("unknown option %s%s", word, text);
}

/* The option at argv[*at]; *at moves on to its value if that is a word of its own. */
static int take_option(const struct option *options, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const struct option *option = option_find(options, word);
    const char *value = word[1] == '-' ? strchr(word, '=') : NULL;

    if (!option) {
        return no_option(options, word);
    }
    if (!option->value) {
        return value ? usage_error("--%s takes no value", option->name)
                     : option->take(option, NULL);
    }
    if (!value && *at + 1 >= argc) {
        return usage_error("--%s needs a value: %s", option->name, option->value);
    }
    return option->take(option, value ? value + 1 : argv[++*at]);
}

static int take_variables(const struct option *options)
{
    for (const struct option *option = options; option->name; option++) {
        const char *value = option->variable ? getenv(option->variable) : NULL;

        if (value && *value && option->take(option, value)) {
            say("it is the variable %s of the environment; unset it", option->variable);
            return EXIT_USAGE;
        }
    }
    return 0;
}

static int check_count(const struct command_line *line)
{
    if (line->count < line->least) {
        return usage_error("something is missing; give %s", line->synopsis);
    }
    if (line->most >= 0 && line->count > line->most) {
        return usage_error("%s: one argument too many; give %s", line->arguments[line->most],
                           line->synopsis);
    }
    return OPTIONS_OK;
}

static bool is_help(const char *word)
{
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

int options_parse(struct command_line *line, int argc, char **argv)
{
    int at = 1;

    if (options_observer) {
        options_observer(line);
        return 0;
    }
    if (take_variables(line->options)) {
        return EXIT_USAGE;
    }
    line->arguments = argv + 1;
    line->count = 0;
    for (; at < argc && strcmp(argv[at], "--"); at++) {
        int status;

        if (is_help(argv[at])) {
            return print_help(line, argv[0]);
        }
        if (argv[at][0] != '-' || !argv[at][1]) {
            line->arguments[line->count++] = argv[at];
            continue;
        }
        status = take_option(line->options, argc, argv, &at);
        if (status) {
            return status;
        }
    }
    at += at < argc; /* the "--" */
    line->rest = argv + at;
    line->rest_count = argc - at;
    while (!line->rest_apart && line->rest_count) {
        line->arguments[line->count++] = *line->rest++;
        line->rest_count--;
    }
    return check_count(line);
}
