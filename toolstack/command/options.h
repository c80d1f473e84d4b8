/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines by table. A command lists its options, calls options_parse, and goes on if that
 * says OPTIONS_OK:
 *
 *     struct common common = {0};
 *     unsigned long size = 256;
 *     const struct option options[] = {
 *         OPTIONS_COMMON(&common),
 *         OPTION_NUMBER("size", "BYTES", &size, 1, 4096, "how much"),
 *         {0},
 *     };
 *     struct command_line line = {
 *         .synopsis = "[OPTIONS] VIEW", .about = "...", .options = options, .least = 1, .most = 1};
 *     int status = options_parse(&line, argc, argv);
 *
 *     if (status != OPTIONS_OK) {
 *         return status;
 *     }
 *     use(line.arguments[0]);
 *
 * Options are --name VALUE, --name=VALUE or -l VALUE, in any order with arguments; what follows
 * "--" is arguments. A variable of the environment that is set, and not empty, counts as an option
 * before all others. --help prints what the tables say.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct option {
    const char *name;  /* without the dashes; NULL ends the table */
    const char *value; /* what the help calls its value; NULL: it has none */
    const char *help;  /* NULL: an old name, not shown */
    /* Takes the value (NULL if it has none) to `to`. 0, or EXIT_USAGE after having said why. */
    int (*take)(const struct option *option, const char *value);
    void *to;
    unsigned long low, high;    /* option_number */
    const char *const *choices; /* option_choice: ends with NULL */
    char letter;                /* -l, or 0 */
    const char *variable;       /* of the environment, with its default; or NULL */
};

int option_flag(const struct option *option, const char *value);   /* to: bool */
int option_text(const struct option *option, const char *value);   /* to: const char * */
int option_number(const struct option *option, const char *value); /* to: unsigned long */
int option_choice(const struct option *option, const char *value); /* to: const char * */

/* A row of such a table. What else it has may follow: .letter = 'n'. */
#define OPTION_BY(take_, name_, value_, to_, help_, ...)                                           \
    {                                                                                              \
        .name = (name_), .value = (value_), .help = (help_), .take = (take_), .to = (to_),         \
        __VA_ARGS__                                                                                \
    }
#define OPTION_FLAG(name, to, help, ...) OPTION_BY(option_flag, name, NULL, to, help, __VA_ARGS__)
#define OPTION_TEXT(name, value, to, help, ...)                                                    \
    OPTION_BY(option_text, name, value, to, help, __VA_ARGS__)
#define OPTION_NUMBER(name, value, to, low_, high_, help, ...)                                     \
    OPTION_BY(option_number, name, value, to, help, .low = (low_), .high = (high_), __VA_ARGS__)
#define OPTION_CHOICE(name, value, to, choices_, help, ...)                                        \
    OPTION_BY(option_choice, name, value, to, help, .choices = (choices_), __VA_ARGS__)

/* Options every command has that talks to a machine. */
struct common {
    bool json;
    const char *connect; /* for altview_open; NULL: not given */
};
#define OPTION_JSON(c) OPTION_FLAG("json", &(c)->json, "machine-readable output")
#define OPTION_CONNECT(c)                                                                          \
    OPTION_TEXT("connect", "WHERE", &(c)->connect,                                                 \
                "name of a run, unix:PATH, tcp:HOST:PORT, tty:DEVICE, sim: or xen:DOMID;\n"        \
                "default: the environment variable ALTVIEW, or the only run there is")
#define OPTIONS_COMMON(c) OPTION_JSON(c), OPTION_CONNECT(c)

#define OPTIONS_OK (-1)

struct command_line {
    const char *synopsis; /* what follows the command's name: "[OPTIONS] VIEW" */
    const char *about;    /* lines for the help, without the last newline */
    const struct option *options;
    int least, most; /* arguments; most -1: any number */
    bool rest_apart; /* what follows "--" is `rest`, not arguments */
    /* Set by options_parse, which sorts argv for it. */
    char **arguments, **rest;
    int count, rest_count;
};

/* The option that "--name", "--name=VALUE" or "-l" means, or NULL. */
const struct option *option_find(const struct option *options, const char *word);

/* If set, options_parse gives it the tables, and returns 0: for completion. */
extern void (*options_observer)(const struct command_line *line);

/* OPTIONS_OK, or the exit status: 0 after --help, EXIT_USAGE after a message. */
int options_parse(struct command_line *line, int argc, char **argv);

/*
 * Split a line in place, at blanks; "..." and '...' hold blanks, "#" at the start of a word begins
 * a comment. words[] gets at most `room` and a NULL: how many, or -1 with *wrong set.
 */
int words_split(char *line, char **words, int room, const char **wrong);

/* For "did you mean": the one of some words that is most like a mistyped one. */
struct nearest {
    const char *typed; /* may end with "=VALUE", which does not count */
    const char *word;  /* the best so far, or NULL: none is like it */
    size_t edits;      /* between the two */
};

/* Compare one more word with what was typed. */
void nearest_try(struct nearest *nearest, const char *word);

/* "; did you mean PREFIXWORD?" into `text`, or "" if no word is like it. */
void nearest_text(const struct nearest *nearest, const char *prefix, char *text, size_t size);

#endif
