/* SPDX-License-Identifier: BSD-2-Clause */
/* The altview command: `altview COMMAND ...`. */
#include "commands.h"
#include "say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In the order of the help. */
static const struct command commands[] = {
    {"Machines", NULL, NULL},
    {"run", "boot altview with a guest in an emulator", cmd_run},
    {"list", "list the runs", cmd_list},
    {"console", "attach to a run's serial port", cmd_console},
    {"stop", "end a run", cmd_stop},
    {"snapshot", "write a run to a file", cmd_snapshot},
    {"restore", "start a run that goes on from such a file", cmd_restore},
    {"doctor", "tell what this computer can run, and what helps", cmd_doctor},
    {"iso", "make a bootable image, for real hardware", cmd_iso},
    {"new", "write a project for a guest of your own", cmd_new},
    {"xen-env", "run a program built for Xen, on altview", cmd_xen_env},
    {"explain-log", "disassemble the code in a log's reports", cmd_explain_log},
    {"Views of a running guest", NULL, NULL},
    {"views", "list the live views", cmd_views},
    {"report", "write a page for a browser: memory, by view", cmd_report},
    {"show", "show one view: settings, vCPUs, overrides, remaps", cmd_show},
    {"create", "make a view", cmd_create},
    {"clone", "make a view with all that another has", cmd_clone},
    {"destroy", "destroy a view", cmd_destroy},
    {"name", "name a view", cmd_name},
    {"hide", "hide a view from the guest's VMFUNC", cmd_hide},
    {"show-to-guest", "let the guest's VMFUNC reach a view again", cmd_show_to_guest},
    {"switch", "move all vCPUs to a view", cmd_switch},
    {"access", "set or show what a view allows", cmd_access},
    {"remap", "show another page at an address of one view", cmd_remap},
    {"ve", "let refused accesses raise #VE in the guest, or not", cmd_ve},
    {"policy", "decide what becomes of refused accesses", cmd_policy},
    {"required", "decide whether a refused access stops the guest", cmd_required},
    {"on", "turn altp2m on", cmd_on},
    {"off", "turn altp2m off", cmd_off},
    {"The guest itself", NULL, NULL},
    {"read", "dump guest memory", cmd_read},
    {"write", "write guest memory", cmd_write},
    {"dump", "write all of the guest's RAM to a file", cmd_dump},
    {"memory", "show the memory map", cmd_memory},
    {"translate", "follow a virtual address through the page tables", cmd_translate},
    {"search", "search memory for bytes", cmd_search},
    {"watch", "show events as they come, and answer them", cmd_watch},
    {"stat", "count VM exits, events and table pages", cmd_stat},
    {"vcpus", "list the virtual CPUs", cmd_vcpus},
    {"vmfunc", "let a vCPU use VMFUNC, or not", cmd_vmfunc},
    {"registers", "show or set registers", cmd_registers},
    {"pause", "pause vCPUs", cmd_pause},
    {"unpause", "take back a pause (in a batch)", cmd_unpause},
    {"step", "execute single instructions", cmd_step},
    {"Many commands, one connection", NULL, NULL},
    {"batch", "carry out commands from a file", cmd_batch},
    {"listen", "keep events for the next watch (in a batch)", cmd_listen},
    {"guest", "say what a simulated guest does (in a batch)", cmd_guest},
    /* Not in the help: for programs. */
    {"complete", NULL, cmd_complete},
};
static int help_all(void)
{
    puts("usage: altview COMMAND [OPTIONS] [ARGUMENTS]\n"
         "       altview help COMMAND                 what a command does, and its options\n"
         "       altview --version");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].function && commands[i].help) {
            printf("  %-14s %s\n", commands[i].name, commands[i].help);
        } else if (!commands[i].function) {
            printf("\n%s\n", commands[i].name);
        }
    }
    return 0;
}

static int help(int argc, char **argv)
{
    char option[] = "--help";
    char *words[] = {argc > 1 ? argv[1] : NULL, option, NULL};

    return words[0] ? command_run(2, words) : help_all();
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return !strcmp(word, a) || !strcmp(word, b);
}

/* The output must have arrived: a full disk is a failure. */
static int flushed(int status)
{
    if (fflush(stdout) || ferror(stdout)) {
        int error = errno;
        int failed =
            fail("standard output can't be written: %s%s", strerror(error), write_remedy(error));

        return status ? status : failed;
    }
    return status;
}

/* A descriptor of 0 to 2 that is closed would be the next file or socket that a command opens.
 * Writes to this one fail as to a closed one. */
static void keep_descriptors(void)
{
    int opened;

    do {
        opened = open("/dev/null", O_RDONLY);
    } while (opened >= 0 && opened <= STDERR_FILENO);
    if (opened >= 0) {
        close(opened);
    }
}

int main(int argc, char **argv)
{
    keep_descriptors();
    commands_are(commands, sizeof(commands) / sizeof(commands[0]));
    if (argc < 2) {
        say("name a command; altview --help lists them");
        return EXIT_USAGE;
    }
    if (is_one_of(argv[1], "--version", "-V")) {
        puts("altview " ALTVIEW_VERSION);
        return flushed(0);
    }
    if (is_one_of(argv[1], "--help", "-h")) {
        return flushed(help_all());
    }
    if (!strcmp(argv[1], "help")) {
        return flushed(help(argc - 1, argv + 1));
    }
    return flushed(command_run(argc - 1, argv + 1));
}
