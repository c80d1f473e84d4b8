/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding and running a command by its name, also from within another. main.c has the table. */
#include "commands.h"
#include "options.h"
#include "say.h"

#include <string.h>

static const struct command *commands;
static size_t count;

void commands_are(const struct command *table, size_t rows)
{
    commands = table;
    count = rows;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (commands[i].function && !strcmp(commands[i].name, name)) {
            return &commands[i];
        }
    }
    return NULL;
}

bool command_exists(const char *name)
{
    return find(name);
}

bool command_at(size_t n, const char **name, const char **help)
{
    for (size_t i = 0; i < count; i++) {
        if (commands[i].function && commands[i].help && !n--) {
            *name = commands[i].name;
            *help = commands[i].help;
            return true;
        }
    }
    return false;
}

static int no_command(const char *name)
{
    struct nearest nearest = {.typed = name};
    const char *listed, *help;
    char text[64];

    for (size_t i = 0; command_at(i, &listed, &help); i++) {
        nearest_try(&nearest, listed);
    }
    nearest_text(&nearest, "", text, sizeof(text));
    say("there is no command %s%s altview --help lists them", name, *text ? text : ";");
    return EXIT_USAGE;
}

int command_run(int argc, char **argv)
{
    const struct command *command = find(argv[0]);

    if (!command) {
        return no_command(argv[0]);
    }
    say_name = command->name;
    return command->function(argc, argv);
}
