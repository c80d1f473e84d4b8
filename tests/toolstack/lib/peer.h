/* SPDX-License-Identifier: BSD-2-Clause */
/* The other side of a stream: a thread that runs a test's script over a socket or terminal. A
 * failure in it ends the test program, with a line that names its place. */
#ifndef PEER_H
#define PEER_H

#include "control/frame.h"
#include "toolstack/lib/transport.h"

#include <pthread.h>
#include <stdbool.h>

struct peer {
    int fd;
    struct frame_reader reader;
    pthread_t thread;
    void (*script)(struct peer *p);
    unsigned int sequence; /* of events */
};

/* A request that the peer received. */
struct request {
    struct altview_frame frame;
    _Alignas(8) uint8_t payload[ALTVIEW_CONTROL_MAX_PAYLOAD];
};

/* A transport with a peer that runs `script`. */
struct transport *peer_start(struct peer *p, void (*script)(struct peer *p));
/* The same over a descriptor. The script may open the descriptor itself. */
void peer_run(struct peer *p, int fd, void (*script)(struct peer *p));
/* Waits for the end of the script. */
void peer_join(struct peer *p);

/* Runs the script for each client of a socket that it makes there, one after the other, until a
 * signal ends the program. It prints "ready" when the socket is there. */
__attribute__((noreturn)) void peer_serve(const char *path, void (*script)(struct peer *p));

/* False: the client has closed the line. */
bool peer_receive(struct peer *p, struct request *r);
/* As peer_receive, but a request must come. */
void peer_expect(struct peer *p, struct request *r, unsigned int type);
/* True if no request comes in that time. */
bool peer_hears_nothing(struct peer *p, int milliseconds);

void peer_send(struct peer *p, const void *bytes, size_t size);
/* To the last byte and without errors; returns false when the client has gone. */
bool peer_try_send(struct peer *p, const void *bytes, size_t size);
/* False: the other side has gone. */
bool peer_try_reply(struct peer *p, const struct request *r, int status, const void *payload,
                    size_t size);
void peer_reply(struct peer *p, const struct request *r, int status, const void *payload,
                size_t size);
/* One with the given `id` and flags. */
void peer_event(struct peer *p, uint64_t id, unsigned int flags);
/* Waits until the client has closed the line. */
void peer_wait_for_end(struct peer *p);
/* Closes this side of the line. */
void peer_hang_up(struct peer *p);

/* cmocka fixtures: a socket that a script may accept from. */
extern char peer_path[64];
extern int peer_listener;
int peer_make_socket(void **state);
int peer_remove_socket(void **state);

/* A sealed frame in `bytes` (FRAME_MAX of them): its size. */
size_t peer_frame(void *bytes, const struct altview_frame *head, const void *payload);

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            peer_die(__FILE__, __LINE__, #condition);                                              \
        }                                                                                          \
    } while (0)
void peer_die(const char *file, int line, const char *what);

#endif
