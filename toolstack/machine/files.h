/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of altview's and of a run. */
#ifndef RUN_FILES_H
#define RUN_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* "DIRECTORY/NAME" into `path` of PATH_MAX bytes, which it returns. */
char *path_join(char *path, const char *directory, const char *name);

/*
 * A file that belongs to altview ("altview.elf"): in the directory that the environment variable
 * ALTVIEW_DATA names; else in the build this program is part of; else where it is installed.
 * 0, or an exit status after a message.
 */
int find_part(char *path, const char *name);
/* The same for one of the libraries with Xen's names (toolstack/xen/). */
int find_xen_library(char *path, const char *name);
bool has_xen_library(char *path, const char *name); /* without a word */

/* 0 if it is a file that can be read, else EXIT_USAGE after a message that begins with `what`. */
int check_file(const char *what, const char *path);

/*
 * A new directory for a run, and the link "last" to it, in the directory that ALTVIEW_RUNS names;
 * else in ~/.local/state/altview ($XDG_STATE_HOME/altview), which must be the user's own. An
 * absolute path, for messages, and a descriptor, for all files made there. 0, or an exit status
 * after a message.
 */
int make_run_directory(char *path, int *directory);

/* 0 or a negative errno value. `to` must not be there. */
int copy_file(const char *from, const char *to);
int make_directories(const char *path);
void remove_tree(const char *path);

#endif
