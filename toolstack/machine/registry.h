/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry of runs. In the run directory each has a socket NAME.sock, by which clients reach
 * it, a file NAME.json with its description, and NAME.lock, which it holds locked as long as it
 * lives. The next run removes the files of one that could not clean up.
 */
#ifndef RUN_REGISTRY_H
#define RUN_REGISTRY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define RUN_NAME_SIZE 64

struct inode {
    dev_t device;
    ino_t number; /* 0: there is no such file */
};

struct registration {
    char name[RUN_NAME_SIZE];
    char socket[PATH_MAX], record[PATH_MAX], lock_path[PATH_MAX];
    struct inode own_socket, own_record, own_lock;
    int listener; /* on the socket; does not block */
    int lock;     /* held */
};

/* Whether it can be the name of a run. Letters, digits, '_', '-' and '.', a letter or digit
 * first. */
bool run_name_is_good(const char *name);

/*
 * Take a name: `wanted`, or one after the guest's file, made unique. 0, or EXIT_USAGE or
 * EXIT_FAILED after a message.
 */
int run_register(const char *wanted, const char *guest, struct registration *r);
/* Stores the description of the run. `files`: the directory of its files. */
int run_describe(struct registration *r, const char *guest, const char *files);
void run_unregister(struct registration *r);

/* The facts about a run that need no request to its machine. */
struct run_record {
    char name[RUN_NAME_SIZE];
    char socket[PATH_MAX];
    char guest[PATH_MAX], files[PATH_MAX]; /* "" if not known */
    long started;                          /* seconds since 1970 */
    pid_t process;                         /* 0 if not known */
};
/* 0; -ENOENT: no such run, or it has ended. */
int run_find(const char *name, struct run_record *record);
/* All live runs, by name; the caller frees them. 0 or a negative errno value. */
int run_list(struct run_record **records, size_t *count);

#endif
