/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of `altview`, a file each: NAME.c has cmd_NAME, main.c a row for it. argv[0] is the
 * command's name. They return the exit status: 0, EXIT_USAGE, or EXIT_FAILED; `run` has more.
 */
#ifndef COMMAND_COMMANDS_H
#define COMMAND_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

/* Machines. */
int cmd_run(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_snapshot(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_iso(int argc, char **argv);
int cmd_new(int argc, char **argv);
int cmd_xen_env(int argc, char **argv);
int cmd_explain_log(int argc, char **argv);

/* Views of a running guest. */
int cmd_views(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_create(int argc, char **argv);
int cmd_clone(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_hide(int argc, char **argv);
int cmd_show_to_guest(int argc, char **argv);
int cmd_switch(int argc, char **argv);
int cmd_access(int argc, char **argv);
int cmd_remap(int argc, char **argv);
int cmd_ve(int argc, char **argv);
int cmd_name(int argc, char **argv);
int cmd_policy(int argc, char **argv);
int cmd_required(int argc, char **argv);
int cmd_on(int argc, char **argv);
int cmd_off(int argc, char **argv);

/* The guest itself. */
int cmd_read(int argc, char **argv);
int cmd_write(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_memory(int argc, char **argv);
int cmd_translate(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_vcpus(int argc, char **argv);
int cmd_vmfunc(int argc, char **argv);
int cmd_registers(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
int cmd_step(int argc, char **argv);

/* Many commands over one connection. */
int cmd_batch(int argc, char **argv);
int cmd_listen(int argc, char **argv);
int cmd_guest(int argc, char **argv);

/* For the shells' completion; not in the help. */
int cmd_complete(int argc, char **argv);

/* A row of main.c's table: without a function, a heading; without help, a command for programs. */
struct command {
    const char *name;
    const char *help; /* one line */
    int (*function)(int argc, char **argv);
};

/* command_table.c: commands that other commands run and list too, hence the table handed over. */
void commands_are(const struct command *table, size_t rows);
/* The command that argv[0] names; is there one; the n-th one, false if there are not so many. */
int command_run(int argc, char **argv);
bool command_exists(const char *name);
bool command_at(size_t n, const char **name, const char **help);

#endif
