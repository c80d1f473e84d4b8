/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine runs: its output is shown, its port shared, its end awaited. */
#ifndef RUN_SERVE_H
#define RUN_SERVE_H

#include <stdbool.h>
#include <sys/types.h>

/* What serve() watches. It closes none of it but `port_listener`, and that when the emulator has
 * connected. */
struct service {
    pid_t emulator;
    int port_listener; /* serial port 2 comes here */
    int listener;      /* clients do; -1: none are wanted */
    int signals;
    int guest_output;            /* the file behind serial port 1, for reading */
    int log;                     /* a file for the log */
    unsigned long limit_seconds; /* 0: none */
    /* The guest has been started; shown output ends here if it says false. May be NULL. */
    void (*started)(void *context);
    void *context;
};

enum service_end {
    SERVICE_ENDED,       /* the emulator did, or it stands still behind the closing line */
    SERVICE_LIMIT,       /* the time did; the emulator runs on */
    SERVICE_INTERRUPTED, /* a signal waits; the emulator runs on */
    SERVICE_UNHEARD,     /* nobody reads our output; the emulator runs on */
};

/* *status: of the log's closing line, -1 if there was none. */
enum service_end serve(const struct service *service, int *status);

#endif
