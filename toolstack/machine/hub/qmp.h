/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's monitor (QMP): lines of JSON over a socket that does not block. A task is a few commands,
 * each sent when the one before has succeeded. It stays under way until QEMU reports the end of a
 * migration, which is how QEMU saves and loads the state of a machine. The machine's RAM is a file
 * of ours, which QEMU leaves out (x-ignore-shared).
 */
#ifndef RUN_QMP_H
#define RUN_QMP_H

#include <stdbool.h>
#include <stddef.h>

#define QMP_VERSION 96 /* bytes of QEMU's version, with a 0 */

enum qmp_task {
    QMP_NONE,
    QMP_SAVE,    /* stop the machine, and write its state to the file, from its present place on */
    QMP_RESTORE, /* of a machine that waits for it: read its state from the file */
};

enum qmp_state { QMP_UNDER_WAY, QMP_DONE, QMP_FAILED };

struct qmp {
    int fd; /* -1: there is none */
    enum qmp_task task;
    unsigned int step; /* of it, the one that QEMU has */
    int file;          /* the task's. QMP_RESTORE: QEMU has it under that number */
    enum qmp_state state;
    char version[QMP_VERSION]; /* from QEMU's greeting, in the form of --version; "": none yet */
    size_t used;
    char line[1024]; /* what has come of it; the rest of a longer one is dropped */
};

/* Call this once, before the others. */
void qmp_begin(struct qmp *q, int fd);
/* Bytes that have come. */
void qmp_take(struct qmp *q, const char *bytes, size_t size);

/* An NMI for each CPU whose LINT1 lets one through. */
void qmp_inject_nmi(const struct qmp *q);

/* Begin a task; q->state tells its state from then on. */
void qmp_do(struct qmp *q, enum qmp_task task, int file);
/* The machine runs on, after either task. */
void qmp_continue(const struct qmp *q);

#endif
