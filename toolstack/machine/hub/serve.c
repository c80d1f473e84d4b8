/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/serve.h"

#include "toolstack/machine/descriptor.h"
#include "toolstack/machine/hub/bell.h"
#include "toolstack/machine/hub/hub.h"
#include "toolstack/machine/hub/port.h"
#include "toolstack/machine/hub/qmp.h"
#include "toolstack/machine/hub/save.h"
#include "toolstack/machine/hub/shared.h"
#include "toolstack/machine/log.h"
#include "toolstack/machine/process.h"
#include "toolstack/machine/terminal/show.h"
#include "toolstack/machine/terminal/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* After the closing line the machine ends. A machine for another kind of end stops instead. */
#define GRACE_MS 1000
/* A hypervisor that polls its ring has answered by then. */
#define OVERSLEPT_MS 20
/* The time to send clients the rest after the machine has ended. */
#define FAREWELL_MS 500
/* After the last output, wait at most this long for a reader that takes nothing. */
#define PATIENCE_MS 5000

#define CONSOLES 4

/* A client that has serial port 1: unchanged bytes. */
struct console {
    int fd;      /* -1: none */
    off_t shown; /* of the guest's output */
};

struct state {
    const struct service *service;
    struct hub hub;
    struct log log;
    struct log_code code;
    struct show_terminal terminal;
    struct show shown[2]; /* of the guest's output, and of the log: standard output and error */
    int port;             /* -1: not connected, or no more */
    int port_listener;    /* -1: the port is connected */
    int serial_listener;  /* the same for serial port 1 */
    int serial;           /* the same */
    struct qmp qmp;
    struct save save;
    int clients[HUB_CLIENTS]; /* -1: none */
    int readable;             /* the machine's RAM again, only for reading; -1: none */
    int input;                /* -1: none, or it has ended */
    uint8_t typed[64];        /* input that serial port 1 has not taken yet */
    size_t typed_size;
    struct console consoles[CONSOLES];
    struct bell bell;
    struct shared shared;
    uint64_t limit, end; /* when the time is up; when the machine has closed. 0: never, not yet */
};

enum { SHOWN_OUTPUT, SHOWN_LOG, SHOWN };

/* Places in the list for poll(2). */
enum {
    POLL_SIGNALS,
    POLL_END,
    POLL_PORT,
    POLL_SERIAL,
    POLL_INPUT,
    POLL_QMP,
    POLL_LISTENER,
    POLL_CLIENTS,
    POLL_CONSOLES = POLL_CLIENTS + HUB_CLIENTS
};
#define POLLED (POLL_CONSOLES + CONSOLES)

static uint64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Writes all of it to a file, so the run never waits for a reader. */
static void put(int file, const void *from, size_t size)
{
    const uint8_t *bytes = from;
    ssize_t done;

    while (size && ((done = write(file, bytes, size)) > 0 || (done < 0 && errno == EINTR))) {
        bytes += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
}

/* Whole lines go to the file, and so to standard error: pieces would mix with what the guest
 * prints. */
static void take_text(void *context, const uint8_t *bytes, size_t size)
{
    struct state *s = context;

    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != ALTVIEW_RING_BELL && log_take(&s->log, bytes[i])) {
            put(s->service->log, s->log.line, s->log.used);
        }
    }
}

/* One connection: then the listener has done its work. */
static void accept_serial_port(int *port, int *listener)
{
    int accepted = port_accept(*listener);

    if (accepted >= 0) {
        *port = accepted;
        close(*listener);
        *listener = -1;
    }
}

/* Will the emulator connect it, or has it? */
static bool has_serial(const struct state *s)
{
    return s->serial >= 0 || s->serial_listener >= 0;
}

static void close_port(struct state *s)
{
    close(s->port);
    s->port = -1;
    hub_port_closed(&s->hub);
}

static void read_port(struct state *s)
{
    uint8_t bytes[65536];
    ssize_t got = port_read(s->port, bytes, sizeof(bytes));

    if (got > 0) {
        hub_from_port(&s->hub, bytes, (size_t)got);
    } else if (!got || (errno != EAGAIN && errno != EINTR)) {
        close_port(s);
    }
}

static void write_port(struct state *s)
{
    size_t size;
    const void *bytes = hub_to_port(&s->hub, &size);
    ssize_t done = bytes ? send(s->port, bytes, size, MSG_NOSIGNAL) : 0;

    if (done > 0) {
        hub_sent_to_port(&s->hub, (size_t)done);
    }
}

/* Call it as soon as the hypervisor has given their place. If the run can't map them, it uses the
 * line. */
static void move_to_rings(struct state *s)
{
    if (!hub_may_move(&s->hub)) {
        return;
    }
    if (shared_open(&s->shared, s->service->memory, &s->hub.ring, s->hub.instance)) {
        hub_move(&s->hub);
    } else {
        s->hub.ring.size = 0; /* the run tries only once */
    }
}

/* All waiting bytes. More than a ring's size have come meanwhile, and wait for the next round. */
static void read_ring(struct state *s)
{
    uint8_t bytes[4096];
    size_t got, sum = 0;

    while (s->shared.map && sum < s->shared.size &&
           (got = ring_read(&s->shared.in, bytes, sizeof(bytes)))) {
        hub_from_ring(&s->hub, bytes, got);
        sum += got;
    }
}

static void write_ring(struct state *s)
{
    size_t size, done = 1;
    const void *bytes;

    while (s->shared.map && done && (bytes = hub_to_port(&s->hub, &size))) {
        done = ring_write(&s->shared.out, bytes, size);
        if (done) { /* otherwise the request stays as late as before */
            hub_sent_to_port(&s->hub, done);
        }
    }
}

/* The time that poll(2) may wait for a bell. */
static int ring_patience(struct state *s, int most)
{
    return s->shared.map && !ring_sleep(&s->shared.in) ? 0 : most;
}

/* One read. False: there are no more bytes for now, or the socket has been closed, and is -1. */
static bool read_from(int *socket, uint8_t *bytes, size_t size, ssize_t *got)
{
    *got = port_read(*socket, bytes, size);
    if (!*got || (*got < 0 && errno != EAGAIN && errno != EINTR)) {
        close(*socket);
        *socket = -1;
    }
    return *got > 0;
}

static bool read_serial(struct state *s)
{
    uint8_t bytes[4096];
    ssize_t got;

    if (!read_from(&s->serial, bytes, sizeof(bytes), &got)) {
        return false;
    }
    put(s->service->guest_output, bytes, (size_t)got);
    return true;
}

static void read_input(struct state *s)
{
    ssize_t got = read(s->input, s->typed, sizeof(s->typed));

    if (got > 0 && s->service->leaves && memchr(s->typed, TERMINAL_LEAVE, (size_t)got)) {
        raise(SIGINT); /* the signal is held, and waits in `signals` */
    } else if (got > 0) {
        s->typed_size = (size_t)got;
    } else if (!got || (errno != EAGAIN && errno != EINTR)) {
        s->input = -1;
    }
}

static void write_serial(struct state *s)
{
    ssize_t done = send(s->serial, s->typed, s->typed_size, MSG_NOSIGNAL);

    if (done > 0) {
        s->typed_size -= (size_t)done;
        memmove(s->typed, s->typed + done, s->typed_size);
    }
}

static void read_qmp(struct state *s)
{
    uint8_t bytes[1024];
    ssize_t got;

    if (read_from(&s->qmp.fd, bytes, sizeof(bytes), &got)) {
        qmp_take(&s->qmp, (const char *)bytes, (size_t)got);
    }
}

/* The memory includes altview's own, so only users that can reach it anyway may have it. */
static bool is_ours(int client)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return !getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
           (peer.uid == geteuid() || !peer.uid);
}

static void accept_client(struct state *s)
{
    int client = accept4(s->service->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    int number = client < 0 ? -1 : hub_connect(&s->hub, is_ours(client));

    if (number >= 0) {
        s->clients[number] = client;
    } else if (client >= 0) {
        close(client); /* too many */
    }
}

static off_t printed(const struct state *s)
{
    struct stat file;

    return fstat(s->service->guest_output, &file) ? 0 : file.st_size;
}

/* The client has asked for it, and has its answer: from here on it gets the guest's output. */
static void make_console(struct state *s, int client)
{
    int i = 0;

    while (i < CONSOLES && s->consoles[i].fd >= 0) {
        i++;
    }
    hub_disconnect(&s->hub, client);
    if (i < CONSOLES) {
        s->consoles[i] = (struct console){.fd = s->clients[client], .shown = printed(s)};
    } else {
        close(s->clients[client]); /* too many */
    }
    s->clients[client] = -1;
}

static void type_at(struct state *s, struct console *c)
{
    uint8_t *room = s->typed + s->typed_size;
    ssize_t got = recv(c->fd, room, sizeof(s->typed) - s->typed_size, 0);

    if (got > 0) {
        s->typed_size += has_serial(s) ? (size_t)got : 0; /* otherwise the run drops it */
    } else if (!got || (errno != EAGAIN && errno != EINTR)) {
        close(c->fd);
        c->fd = -1;
    }
}

static void show_at(const struct state *s, struct console *c)
{
    uint8_t bytes[4096];
    ssize_t got = pread(s->service->guest_output, bytes, sizeof(bytes), c->shown);
    ssize_t done = got > 0 ? send(c->fd, bytes, (size_t)got, MSG_NOSIGNAL) : 0;

    if (done > 0) {
        c->shown += done;
    }
}

static void serve_console(struct state *s, struct console *c, short events)
{
    if (events & POLLOUT) {
        show_at(s, c);
    }
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        type_at(s, c);
    }
}

static void drop_client(struct state *s, int client)
{
    hub_disconnect(&s->hub, client);
    close(s->clients[client]);
    s->clients[client] = -1;
}

/* False: the client has gone. */
static bool read_client(struct state *s, int client)
{
    uint8_t bytes[FRAME_MAX];
    size_t room = hub_room(&s->hub, client);
    ssize_t got = room ? recv(s->clients[client], bytes, room, 0) : 0;

    if (room && (!got || (got < 0 && errno != EAGAIN && errno != EINTR))) {
        return false;
    }
    if (got > 0) {
        hub_from_client(&s->hub, client, bytes, (size_t)got);
    }
    return true;
}

static ssize_t send_to_client(const struct state *s, int client, const void *bytes, size_t size)
{
    switch (hub_gift(&s->hub, client)) {
    case HUB_GIFT_READ:
        return descriptor_send(s->clients[client], bytes, size, s->readable, 0);
    case HUB_GIFT_WRITE:
        return descriptor_send(s->clients[client], bytes, size, s->service->memory, 0);
    case HUB_GIFT_SNAPSHOT:
        return descriptor_send(s->clients[client], bytes, size, s->save.file, 0);
    default:
        return send(s->clients[client], bytes, size, MSG_NOSIGNAL);
    }
}

static bool write_client(struct state *s, int client)
{
    size_t size;
    const void *bytes = hub_to_client(&s->hub, client, &size);
    ssize_t done = bytes ? send_to_client(s, client, bytes, size) : 0;

    if (done > 0) {
        hub_sent_to_client(&s->hub, client, (size_t)done);
    }
    return done >= 0 || errno == EAGAIN || errno == EINTR;
}

static void serve_client(struct state *s, int client, short events)
{
    bool is_there = !hub_is_broken(&s->hub, client);

    if (is_there && events & POLLIN) {
        is_there = read_client(s, client);
    } else if (events & (POLLHUP | POLLERR)) {
        is_there = false;
    }
    if (!is_there || (events & POLLOUT && !write_client(s, client))) {
        drop_client(s, client);
    } else if (hub_is_console(&s->hub, client)) {
        make_console(s, client);
    }
}

static void watch(struct pollfd *p, int fd, bool reads, bool writes)
{
    *p =
        (struct pollfd){.fd = fd, .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
}

static void watch_all(struct state *s, int end, struct pollfd *polled)
{
    size_t size;

    watch(&polled[POLL_SIGNALS], s->service->signals, true, false);
    watch(&polled[POLL_END], end, true, false);
    watch(&polled[POLL_PORT], s->port >= 0 ? s->port : s->port_listener, true,
          s->port >= 0 && !s->shared.map && hub_to_port(&s->hub, &size));
    watch(&polled[POLL_SERIAL], s->serial >= 0 ? s->serial : s->serial_listener, true,
          s->serial >= 0 && s->typed_size);
    watch(&polled[POLL_INPUT], s->typed_size ? -1 : s->input, true, false);
    watch(&polled[POLL_QMP], s->qmp.fd, true, false);
    watch(&polled[POLL_LISTENER], s->service->listener, true, false);
    for (int i = 0; i < HUB_CLIENTS; i++) {
        int fd = s->clients[i];

        watch(&polled[POLL_CLIENTS + i], fd, fd >= 0 && hub_room(&s->hub, i),
              fd >= 0 && hub_to_client(&s->hub, i, &size));
    }
    for (int i = 0; i < CONSOLES; i++) {
        const struct console *c = &s->consoles[i];

        watch(&polled[POLL_CONSOLES + i], c->fd, s->typed_size < sizeof(s->typed),
              c->fd >= 0 && printed(s) > c->shown);
    }
}

static void serve_serial(struct state *s, short events)
{
    if (events && s->serial < 0) {
        accept_serial_port(&s->serial, &s->serial_listener);
        return;
    }
    if (events & POLLOUT) {
        write_serial(s);
    }
    if (events) {
        read_serial(s);
    }
}

static void serve_all(struct state *s, const struct pollfd *polled)
{
    if (polled[POLL_PORT].revents && s->port < 0) {
        accept_serial_port(&s->port, &s->port_listener);
    } else if (polled[POLL_PORT].revents) {
        if (!s->shared.map) {
            write_port(s);
        }
        read_port(s);
    }
    read_ring(s);
    if (polled[POLL_INPUT].revents) {
        read_input(s);
    }
    serve_serial(s, polled[POLL_SERIAL].revents);
    if (polled[POLL_QMP].revents) {
        read_qmp(s);
    }
    if (polled[POLL_LISTENER].revents) {
        accept_client(s);
    }
    for (int i = 0; i < HUB_CLIENTS; i++) {
        if (polled[POLL_CLIENTS + i].revents) {
            serve_client(s, i, polled[POLL_CLIENTS + i].revents);
        }
    }
    for (int i = 0; i < CONSOLES; i++) {
        if (polled[POLL_CONSOLES + i].revents) {
            serve_console(s, &s->consoles[i], polled[POLL_CONSOLES + i].revents);
        }
    }
}

/* The run serves no client yet, and the wait is short. */
static void show_log_so_far(struct state *s)
{
    struct stat log;

    show_more(&s->shown[SHOWN_LOG]);
    if (!fstat(s->service->log, &log)) {
        show_wait(&s->shown[SHOWN_LOG], (uint64_t)log.st_size, s->service->signals, FAREWELL_MS);
    }
}

static void note_log(struct state *s)
{
    if (s->log.status >= 0 && !s->end) {
        s->end = s->hub.now;
    }
    if (s->log.started && !s->hub.ready) {
        if (s->service->started) {
            show_log_so_far(s);
            s->service->started(s->service->context);
        }
        hub_ready(&s->hub);
    }
}

static bool is_unheard(const struct state *s)
{
    return s->shown[SHOWN_OUTPUT].broken || s->shown[SHOWN_LOG].broken;
}

/* altview sleeps with bytes in the ring. Or `wake` says that it polls, but no reply comes: another
 * process may have written `wake`. */
static bool is_asleep(const struct state *s)
{
    const struct hub_request *r = &s->hub.request;

    return ring_is_unheard(&s->shared.out) ||
           (r->under_way && s->hub.now - r->since >= OVERSLEPT_MS);
}

/* Make the hypervisor poll its port, if it needs a bell. */
static void ring_bell(struct state *s)
{
    bool asks = s->log.rung && s->hub.request.under_way && s->hub.request.sent;

    if (s->shared.map) {
        asks = s->log.rung && is_asleep(s);
    }
    if (bell_due(&s->bell, asks, s->hub.sequence, s->hub.now)) {
        qmp_inject_nmi(&s->qmp);
    }
}

/* As when the log says that the guest starts. */
static void note_restored(struct state *s)
{
    if (!s->log.started && save_is_restored(&s->qmp)) {
        s->log.started = true;
        qmp_continue(&s->qmp);
    }
}

/* One round. False when there is no reason for another: *why. */
static bool go_round(struct state *s, int end, enum service_end *why)
{
    struct pollfd polled[POLLED];

    watch_all(s, end, polled);
    poll(polled, POLLED, ring_patience(s, bell_wait(&s->bell, now_ms(), HUB_TICK)));
    hub_set_time(&s->hub, now_ms());
    serve_all(s, polled);
    hub_tick(&s->hub);
    s->save.head.rung = s->log.rung;
    save_go_on(&s->save, &s->hub, &s->qmp);
    note_restored(s);
    note_log(s);
    move_to_rings(s);
    write_ring(s);
    ring_bell(s);
    for (int i = 0; i < SHOWN; i++) {
        show_more(&s->shown[i]);
    }
    if (polled[POLL_SIGNALS].revents) {
        *why = SERVICE_INTERRUPTED;
    } else if (is_unheard(s)) {
        *why = SERVICE_UNHEARD;
    } else if (polled[POLL_END].revents || (s->end && s->hub.now - s->end >= GRACE_MS)) {
        *why = SERVICE_ENDED;
    } else if (s->limit && s->hub.now >= s->limit) {
        *why = SERVICE_LIMIT;
    } else {
        return true;
    }
    return false;
}

/* Deliver the machine's last bytes, to this process and to clients. */
static void hear_the_rest(struct state *s)
{
    uint64_t until;
    size_t size;

    if (s->port_listener >= 0) {
        accept_serial_port(&s->port, &s->port_listener);
    }
    if (s->serial_listener >= 0) {
        accept_serial_port(&s->serial, &s->serial_listener);
    }
    /* All its bytes are there, and then its end: the limit counts only while no byte comes. */
    while (s->port >= 0 && !s->end &&
           poll(&(struct pollfd){.fd = s->port, .events = POLLIN}, 1, FAREWELL_MS) > 0) {
        read_port(s);
    }
    read_ring(s);
    until = now_ms() + FAREWELL_MS;
    for (int i = 0; i < HUB_CLIENTS; i++) {
        while (s->clients[i] >= 0 && hub_to_client(&s->hub, i, &size) && now_ms() < until) {
            poll(&(struct pollfd){.fd = s->clients[i], .events = POLLOUT}, 1, FAREWELL_MS);
            if (!write_client(s, i)) {
                break;
            }
        }
    }
}

/*
 * Show the rest as far as the reader takes it; at an interrupt or the limit, only what goes soon.
 */
static unsigned int show_the_rest(struct state *s, enum service_end why)
{
    bool ended = why == SERVICE_ENDED;
    unsigned int left = 0;

    for (int i = 0; i < SHOWN; i++) {
        if (!show_end(&s->shown[i], ended ? s->service->signals : -1,
                      ended ? PATIENCE_MS : FAREWELL_MS)) {
            left |= 1U << i;
        }
    }
    return left;
}

static void close_all(struct state *s)
{
    const int sockets[] = {s->port,   s->port_listener, s->serial,   s->serial_listener,
                           s->qmp.fd, s->readable,      s->save.file};

    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
        if (sockets[i] >= 0) {
            close(sockets[i]);
        }
    }
    for (int i = 0; i < HUB_CLIENTS; i++) {
        if (s->clients[i] >= 0) {
            close(s->clients[i]);
        }
    }
    for (int i = 0; i < CONSOLES; i++) {
        if (s->consoles[i].fd >= 0) {
            close(s->consoles[i].fd);
        }
    }
    shared_close(&s->shared);
    hub_free(&s->hub);
}

/* The machine's memory for clients. A separate open file description, opened for reading only, so
 * no client that gets it can write through it. */
static void init_memory(struct state *s)
{
    char path[64];

    s->readable = -1;
    if (s->service->memory < 0) {
        return;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", s->service->memory);
    s->readable = open(path, O_RDONLY | O_CLOEXEC);
    if (s->readable >= 0) {
        s->hub.memory = shared_layout(s->service->memory);
        s->hub.memory.flags = s->service->executes ? ALTVIEW_LAYOUT_EXECUTES : 0;
    }
}

static void init(struct state *s, const struct service *service)
{
    s->service = service;
    s->port = service->port;
    s->port_listener = service->port_listener;
    s->serial = service->serial;
    s->serial_listener = service->serial_listener;
    s->input = service->input;
    s->typed_size = 0;
    s->bell = (struct bell){0};
    s->save = (struct save){.file = -1, .head = service->head};
    qmp_begin(&s->qmp, service->qmp);
    for (int i = 0; i < HUB_CLIENTS; i++) {
        s->clients[i] = -1;
    }
    for (int i = 0; i < CONSOLES; i++) {
        s->consoles[i].fd = -1;
    }
    s->limit = service->limit_seconds ? now_ms() + service->limit_seconds * 1000 : 0;
    s->end = 0;
    s->shared.map = NULL;
    hub_init(&s->hub, take_text, s);
    s->hub.has_input = has_serial(s);
    s->hub.shares = service->memory >= 0;
    s->hub.no_snapshot = service->no_snapshot;
    init_memory(s);
    log_init(&s->log);
    if (service->restored) {
        save_restore(service->restored, &s->hub, &s->qmp);
        s->log.rung = service->restored->head.rung;
    }
}

/* Both are the same terminal. */
static bool share_a_terminal(void)
{
    struct stat output, error;

    return isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && !fstat(STDOUT_FILENO, &output) &&
           !fstat(STDERR_FILENO, &error) && output.st_rdev == error.st_rdev;
}

/* A terminal gets the harmless part of the guest's output, with lines unchanged. */
static int begin_showing(struct state *s)
{
    struct show_terminal *guest = isatty(STDOUT_FILENO) ? &s->terminal : NULL;
    int error;

    show_terminal_init(&s->terminal, &s->shown[SHOWN_OUTPUT]);
    error =
        show_begin(&s->shown[SHOWN_OUTPUT], s->service->guest_output, STDOUT_FILENO, NULL, guest);
    return error ? error
                 : show_begin(&s->shown[SHOWN_LOG], s->service->log, STDERR_FILENO, &s->code,
                              share_a_terminal() ? guest : NULL);
}

enum service_end serve(const struct service *service, struct service_report *report)
{
    static struct state s; /* big, and threads that are stuck in a write keep a part of it */
    int end = pidfd_open(service->emulator, 0);
    enum service_end why = SERVICE_ENDED;

    init(&s, service);
    if (begin_showing(&s)) {
        why = SERVICE_UNHEARD;
    } else {
        while (go_round(&s, end, &why)) {
        }
    }
    if (why == SERVICE_ENDED) {
        hear_the_rest(&s);
    }
    process_end(service->emulator); /* first: no client answers its events any more */
    shared_end(&s.shared);
    if (!s.log.whole) {
        put(service->log, s.log.line, s.log.used); /* the last, unfinished line of the machine */
    }
    while (s.serial >= 0 && read_serial(&s)) {
    }
    report->status = s.log.status;
    report->not_taken = show_the_rest(&s, why);
    close_all(&s);
    close(end);
    return why;
}
