/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An output file of a command. The command writes it under another name in the same directory, and
 * renames it when it is complete. Until then, and after a failure, the old file stays. The command
 * follows no link: in a directory that other users may write, a link leads where they want.
 */
#ifndef COMMAND_NEW_FILE_H
#define COMMAND_NEW_FILE_H

#include <limits.h>
#include <stdio.h>

struct new_file {
    const char *path;         /* as given */
    int parent;               /* descriptor of the file's directory */
    char name[NAME_MAX + 1];  /* in that directory */
    char temporary[PATH_MAX]; /* the name until then; "": a device, which needs none */
    FILE *to;
};

/* Find its place. 0, or an exit status after a message that says why it can't be there. */
int new_file_place(struct new_file *f, const char *path);

/* Open the file `to`, which has a place, or a device, pipe or terminal. 0, or a status as above. */
int new_file_open(struct new_file *f, const char *path);

/* Put the file in its place if `status` is success; else remove it. Returns `status`, or the
 * error's. */
int new_file_end(struct new_file *f, int status);

/* "/proc/self/fd/N": a directory by its descriptor, wherever it moves and whatever replaces it.
 * Valid in this process and its children, until they execute another program. */
#define INSIDE_SIZE 32
void directory_inside(char *path, int directory);

/* A new directory, next to or below the named one; the name ends in XXXXXX. Its descriptor, or a
 * negative errno value. */
int private_directory(char *path);

#endif
