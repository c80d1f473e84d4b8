/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a handle reaches its domain. Each kind is a file in transport/. A new kind takes a row in the
 * table of open.c.
 */
#ifndef LIB_TRANSPORT_H
#define LIB_TRANSPORT_H

#include <altview/control.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct transport;

/*
 * A line that carries frames (<altview/control.h>): stream.c implements the protocol. Calls return
 * byte counts or negative errno values.
 */
struct line_ops {
    /* Send all bytes, within `milliseconds`. -ETIMEDOUT: a part may have been sent. */
    int (*send)(void *line, const void *bytes, size_t size, int milliseconds);
    /* Receive bytes, waiting up to `milliseconds` (-1: for ever) for the first. 0: none came.
     * -ENOTCONN: the other side has disconnected. */
    int (*receive)(void *line, void *bytes, size_t size, int milliseconds);
    /* For poll(2), or -EOPNOTSUPP. */
    int (*fd)(void *line);
    /* The descriptor that came last with the received bytes. The caller owns it now. -1: none.
     * -EMFILE: this process had no room for it. NULL: such a line carries no descriptors. */
    int (*passed)(void *line);
    void (*close)(void *line);
    /* As transport_ops.abandon. */
    void (*abandon)(void *line);
};

struct transport_ops {
    /*
     * One request and its reply. `reply` gets at most reply_room bytes, and *reply_size their
     * number. Returns the reply's status, or -ENOTCONN, -ETIMEDOUT, -EPROTO, -EOPNOTSUPP,
     * -EMSGSIZE.
     */
    int (*request)(struct transport *t, enum altview_request type, const void *payload, size_t size,
                   void *reply, size_t reply_room, size_t *reply_size, unsigned int milliseconds);
    /* 0, -EAGAIN, -ENOTCONN or -EOPNOTSUPP. */
    int (*next_event)(struct transport *t, struct altview_event *event, int milliseconds);
    int (*event_fd)(struct transport *t);
    /* MEMORY: the machine's memory, for reading, or for writing too. The caller owns *fd. One call
     * at a time. 0, the request's status, or -EPROTO. NULL: the transport can't. */
    int (*memory)(struct transport *t, bool writes, struct altview_layout *layout, int *fd,
                  unsigned int milliseconds);
    /* Is the other side there? NULL: always. */
    bool (*is_there)(struct transport *t);
    void (*close)(struct transport *t);
    /* Close descriptors, and do nothing else: for a child after fork(2). NULL: there are none. */
    void (*abandon)(struct transport *t);
};

struct transport {
    const struct transport_ops *ops;
    atomic_uint owner;   /* that requests name: BIND */
    uint32_t silence_ms; /* the other side takes a silence of this length for our end. 0: it sees
                          * our end */
};

/* stream.c: a transport over a line. Closing it closes the line. -ENOMEM. */
int transport_over_line(const struct line_ops *ops, void *line, struct transport **transport);

/* transport/: `rest` is what follows the colon. Within the deadline of the call (deadline.h). */
#define TRANSPORT_AT_ONCE 0x80000000U /* unix: -EBUSY if the socket accepts no connection now */
int transport_open_unix(const char *rest, unsigned int flags, struct transport **transport);
int transport_open_tcp(const char *rest, unsigned int flags, struct transport **transport);
int transport_open_tty(const char *rest, unsigned int flags, struct transport **transport);
int transport_open_xen(const char *rest, unsigned int flags, struct transport **transport);
/* toolstack/sim/ */
int transport_open_sim(const char *rest, unsigned int flags, struct transport **transport);

/* open.c: a negative errno value, with the thread's error text set (printf's format). */
__attribute__((format(printf, 2, 3))) int altview_fail(int error, const char *format, ...);

struct altview;
/* open.c: in a child after fork(2), where the handle is the parent's. The child does not use it
 * again, and does not free its memory: another thread of the parent may have been using it. */
void altview_abandon(struct altview *handle);

/* The transport of a handle: for sim/. */
struct transport *altview_transport(struct altview *handle);

/* run_directory.c: where `altview run` keeps its sockets (mode 0700), and the socket of a name:
 * $XDG_RUNTIME_DIR/altview/NAME.sock, else /tmp/altview-UID/NAME.sock. -ENAMETOOLONG. */
int run_directory(char *path, size_t size);
int run_socket(const char *name, char *path, size_t size);

/* transport/fd.c: a line behind a file descriptor, a socket or a tty. */

#define SILENCE_MS 5000 /* to a domain that does not notice its peer's end */

/* Takes the descriptor over, also when it fails. `silence_ms`: of struct transport. */
int transport_over_fd(int fd, uint32_t silence_ms, struct transport **transport);

#endif
