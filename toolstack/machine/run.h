/* SPDX-License-Identifier: BSD-2-Clause */
/* One `altview run`. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "new_file.h"
#include "say.h"
#include "toolstack/machine/emulator/machine.h"
#include "toolstack/machine/image.h"
#include "toolstack/machine/registry.h"

#include <limits.h>
#include <stdbool.h>

#define RUN_LIMIT 120 /* seconds, unless in the background */

#define EXIT_NO_END 70  /* no closing line in the log: altview or the emulator failed */
#define EXIT_LIMIT  124 /* the time limit was reached */

/* EXIT_FAILED would look like the guest's: 1 is a reboot. */
static inline int before_guest(int status)
{
    return status == EXIT_FAILED ? EXIT_NO_END : status;
}

/* Its place. */
struct place {
    char directory[PATH_MAX]; /* of its files */
    struct registration registration;
};

struct run {
    /* The requested run, after its checks. */
    struct image image;
    struct machine machine;
    const struct emulator *emulator;
    const char *name;                /* NULL: find one */
    const char *booted;              /* an existing image; NULL: make one */
    const struct snapshot *restored; /* what it goes on from; NULL: it boots */
    unsigned long limit;             /* seconds, 0: none */
    /*
     * where it writes its place once the guest has started, to be quiet then. -1: in the foreground
     */
    int background;
    /* Set during the run. */
    struct place place;
    int directory;            /* place.directory, open */
    char inside[INSIDE_SIZE]; /* a path to it; see directory_inside */
    int signals, log, guest_output;
    pid_t process; /* the emulator */
};

/* From making the image to removing it. Returns the exit status. */
int run_machine(struct run *run);

#endif
