/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding and running a command by its name, also from within another. main.c has the table. */
#include "commands.h"
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

int command_run(int argc, char **argv)
{
    const struct command *command = find(argv[0]);

    if (!command) {
        say("there is no command %s; altview --help lists them", argv[0]);
        return EXIT_USAGE;
    }
    say_name = command->name;
    return command->function(argc, argv);
}
