/* SPDX-License-Identifier: BSD-2-Clause */
/* While a machine runs: show its output, share its port, wait for its end. */
#ifndef RUN_SERVE_H
#define RUN_SERVE_H

#include "toolstack/machine/snapshot.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * The descriptors of serve(). It closes only the listeners for serial ports, once the emulator has
 * connected, and the connections. Neither clients nor the readers of standard output and error can
 * make it wait: it hands events to clients, takes their answers, and handles signals and the limit,
 * even if no reader reads.
 */
struct service {
    pid_t emulator;
    int port_listener;         /* serial port 2 connects here; -1: it is connected */
    int port;                  /* serial port 2; -1: it will connect to the listener */
    int serial_listener;       /* the same for serial port 1, whose output goes to the file ... */
    int serial;                /* ... both -1: the emulator writes that file */
    int input;                 /* its input goes to serial port 1; -1: there is none */
    bool leaves;               /* it is a terminal: TERMINAL_LEAVE interrupts */
    int qmp;                   /* QEMU's monitor, which can ring by NMI; -1: there is none */
    int memory;                /* the machine's RAM, a file; -1: it is out of reach */
    bool executes;             /* its CPUs notice stores to code through that file */
    uint32_t no_snapshot;      /* ALTVIEW_SNAPSHOT_*: why it can't; 0: it can */
    struct snapshot_head head; /* what the run knows of its machine, for snapshots */
    const struct snapshot *restored; /* what the machine goes on from; NULL: it boots */
    int listener;                    /* for clients; -1: none may connect */
    int signals;
    int guest_output;            /* the file behind serial port 1, for writing and reading */
    int log;                     /* an empty file for the log, for writing and reading */
    unsigned long limit_seconds; /* 0: none */
    /* The guest has started, and the log has been shown up to there. May be NULL. */
    void (*started)(void *context);
    void *context;
};

enum service_end {
    SERVICE_ENDED,       /* the emulator ended, or it stopped after the closing line */
    SERVICE_LIMIT,       /* the time ended */
    SERVICE_INTERRUPTED, /* a signal waits */
    SERVICE_UNHEARD,     /* no process reads our output */
};

struct service_report {
    int status;             /* of the log's closing line, -1 if there was none */
    unsigned int not_taken; /* NOT_TAKEN_*: its reader has stalled, the rest is in the file */
};
#define NOT_TAKEN_OUTPUT 1U /* the guest's output */
#define NOT_TAKEN_LOG    2U

/* Serve until one of these ends it. On return the emulator has ended. */
enum service_end serve(const struct service *service, struct service_report *report);

#endif
