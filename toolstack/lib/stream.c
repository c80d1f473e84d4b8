/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A transport over a line that carries frames.
 *
 * Requests take turns: only one is in progress at a time. The library sends it again under the same
 * sequence number when the reply is late (the other side then only repeats its reply). Any number
 * of threads may wait, for the reply or for events, but only one reads the line: the first that
 * finds no other reading. It hands each frame to the right thread and wakes all. A thread that must
 * still wait takes over. So the library needs no thread: it adds none to a program that forks,
 * masks signals or is traced.
 */
#include "clock.h"
#include "event_queue.h"
#include "transport.h"

#include "control/frame.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#define LOWEST_STATUS (-4095)

/* A request that waits for its reply. */
struct exchange {
    uint16_t type;
    uint32_t sequence;
    void *reply;
    size_t room, size;
    int status;
    bool done;
};

struct stream {
    struct transport transport;
    const struct line_ops *ops;
    void *line;

    /* The turn for requests: `asking` says that a thread has it. */
    uint32_t sequence;
    _Alignas(8) uint8_t out[FRAME_MAX];

    pthread_mutex_t lock; /* guards the fields below */
    bool asking;          /* a request is on its way */
    pthread_cond_t news;  /* a frame has been read, or no thread reads now */
    bool reading;
    bool gone;  /* nothing more will come */
    bool heard; /* bytes have come since the request was sent */
    struct exchange *waiting;
    struct frame_reader reader;
    struct event_queue events;
    int queue_fd;        /* eventfd: the queue is not empty. -1 until event_fd is asked for */
    int event_fd;        /* epoll: queue_fd or the line is readable */
    uint8_t chunk[4096]; /* used by the reading thread, without the lock */
};

static struct stream *stream_of(struct transport *t)
{
    return (struct stream *)t;
}

static void take_reply(struct exchange *x, const struct altview_frame *frame)
{
    if (!x || frame->type != x->type || frame->sequence != x->sequence) {
        return; /* a repetition, or for a request that the library has given up */
    }
    x->done = true;
    x->status = frame->status;
    if (frame->status > 0 || frame->status < LOWEST_STATUS) {
        x->status = -EPROTO;
    } else if (frame->length > x->room) {
        x->status = -EMSGSIZE;
    } else if (frame->length) {
        x->size = frame->length;
        memcpy(x->reply, frame_payload(frame), x->size);
    }
}

/* Makes event_fd show whether the queue holds events. */
static void signal_queue(struct stream *s)
{
    eventfd_t count;

    if (s->queue_fd < 0) {
        return;
    }
    /* Neither fails for so long that it matters. */
    if (s->events.count) {
        (void)eventfd_write(s->queue_fd, 1);
    } else {
        (void)eventfd_read(s->queue_fd, &count);
    }
}

static bool event_is_good(const struct altview_frame *frame, const struct altview_event *event)
{
    return (frame->length == sizeof(*event) || frame->length == ALTVIEW_EVENT_BRIEF_SIZE) &&
           event->type < ALTVIEW_EVENTS && event->type == frame->type &&
           event->instruction_size < sizeof(event->instruction);
}

static void take_event(struct stream *s, const struct altview_frame *frame)
{
    struct altview_event event = {0};
    size_t size = frame->length < sizeof(event) ? frame->length : sizeof(event);

    memcpy(&event, frame_payload(frame), size);
    if (event_is_good(frame, &event)) {
        event_queue_put(&s->events, &event);
        signal_queue(s);
    }
}

static void take_frames(struct stream *s)
{
    const struct altview_frame *frame;

    while ((frame = frame_next(&s->reader))) {
        if (frame->kind == ALTVIEW_FRAME_REPLY) {
            take_reply(s->waiting, frame);
        } else if (frame->kind == ALTVIEW_FRAME_EVENT) {
            take_event(s, frame);
        }
    }
}

static void take_bytes(struct stream *s, const uint8_t *bytes, size_t size)
{
    s->heard = true;
    while (size) {
        size_t taken = frame_feed(&s->reader, bytes, size);
        bytes += taken;
        size -= taken;
        take_frames(s);
    }
}

static void wait_for_reader(struct stream *s, int64_t deadline)
{
    struct timespec t = {deadline / 1000, deadline % 1000 * 1000000};

    if (deadline == NEVER) {
        pthread_cond_wait(&s->news, &s->lock);
    } else {
        pthread_cond_timedwait(&s->news, &s->lock, &t);
    }
}

/* Take the turn for a whole request, under the lock. False: other threads had it until the
 * deadline. */
static bool take_turn(struct stream *s, int64_t deadline)
{
    while (s->asking && now_ms() < deadline) {
        wait_for_reader(s, deadline);
    }
    if (s->asking) {
        return false;
    }
    s->asking = true;
    return true;
}

static void end_turn(struct stream *s)
{
    s->asking = false;
    pthread_cond_broadcast(&s->news);
}

static void read_line(struct stream *s, int64_t deadline)
{
    s->reading = true;
    pthread_mutex_unlock(&s->lock);
    int count = s->ops->receive(s->line, s->chunk, sizeof(s->chunk), time_left(deadline));
    pthread_mutex_lock(&s->lock);
    s->reading = false;
    if (count > 0) {
        take_bytes(s, s->chunk, (size_t)count);
    } else if (count < 0) {
        s->gone = true;
    }
    pthread_cond_broadcast(&s->news);
}

/* Wait, under the lock, until there is news or the deadline has passed. */
static void wait_for_news(struct stream *s, int64_t deadline)
{
    if (s->reading) {
        wait_for_reader(s, deadline);
    } else {
        read_line(s, deadline);
    }
}

/* Bytes were lost in the middle of a frame: look for the next one in what came after. */
static void give_up_frame(struct stream *s)
{
    if (!s->heard && frame_is_under_way(&s->reader)) {
        frame_give_up(&s->reader);
        take_frames(s);
    }
    s->heard = false;
}

/* Call under the lock, with the turn. */
static int send_and_wait(struct stream *s, struct exchange *x, size_t size, int64_t deadline,
                         int patience)
{
    while (!x->done && !s->gone) {
        give_up_frame(s);
        pthread_mutex_unlock(&s->lock);
        int rc = s->ops->send(s->line, s->out, size, time_left(deadline));
        int64_t late = now_ms() + patience < deadline ? now_ms() + patience : deadline;
        pthread_mutex_lock(&s->lock);
        if (rc == -ENOTCONN) {
            return rc; /* not `gone`: the last bytes can still be read */
        }
        while (!x->done && !s->gone && now_ms() < late) {
            wait_for_news(s, late);
        }
        if (!x->done && !s->gone && now_ms() >= deadline) {
            return -ETIMEDOUT;
        }
    }
    return x->done ? x->status : -ENOTCONN;
}

static size_t seal(struct stream *s, uint16_t type, const void *payload, size_t size)
{
    struct altview_frame *frame = (void *)s->out;

    *frame = (struct altview_frame){
        .kind = ALTVIEW_FRAME_REQUEST,
        .type = type,
        .length = (uint32_t)size,
        .owner = s->transport.owner,
        .sequence = ++s->sequence,
    };
    if (size) {
        memcpy(frame + 1, payload, size);
    }
    return frame_seal(frame);
}

static int stream_request(struct transport *t, enum altview_request type, const void *payload,
                          size_t size, void *reply, size_t reply_room, size_t *reply_size,
                          unsigned int milliseconds)
{
    struct stream *s = stream_of(t);
    struct exchange x = {.type = (uint16_t)type, .reply = reply, .room = reply_room};
    int patience = milliseconds / 4 ? (int)(milliseconds / 4) : 1;
    int64_t deadline = now_ms() + milliseconds;
    int rc = -ETIMEDOUT;

    if (size > ALTVIEW_CONTROL_MAX_PAYLOAD) {
        return -EMSGSIZE;
    }
    pthread_mutex_lock(&s->lock);
    if (take_turn(s, deadline)) {
        size = seal(s, x.type, payload, size);
        x.sequence = s->sequence;
        s->waiting = &x;
        s->heard = true; /* a request in progress may still finish */
        rc = send_and_wait(s, &x, size, deadline, patience);
        s->waiting = NULL;
        end_turn(s);
    }
    pthread_mutex_unlock(&s->lock);
    *reply_size = x.size;
    return rc;
}

static int stream_next_event(struct transport *t, struct altview_event *event, int milliseconds)
{
    struct stream *s = stream_of(t);
    int64_t deadline = time_in(milliseconds);
    int rc = 0;

    pthread_mutex_lock(&s->lock);
    for (bool waited = false; !event_queue_take(&s->events, event); waited = true) {
        if (s->gone || (waited && now_ms() >= deadline)) {
            rc = s->gone ? -ENOTCONN : -EAGAIN;
            break;
        }
        wait_for_news(s, deadline);
    }
    if (!rc) {
        signal_queue(s);
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static void close_if_open(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

/* The descriptor comes with the reply, or before it. Close one that came without a request. */
static int stream_memory(struct transport *t, bool writes, struct altview_layout *layout, int *fd,
                         unsigned int milliseconds)
{
    const struct altview_memory_wish wish = {.flags = writes ? ALTVIEW_MEMORY_WRITE : 0};
    struct stream *s = stream_of(t);
    size_t size;
    int rc;

    if (!s->ops->passed) {
        return -EOPNOTSUPP;
    }
    close_if_open(s->ops->passed(s->line));
    rc = stream_request(t, ALTVIEW_MEMORY, &wish, sizeof(wish), layout, sizeof(*layout), &size,
                        milliseconds);
    if (rc) {
        return rc == -EMSGSIZE ? -EPROTO : rc;
    }
    *fd = s->ops->passed(s->line);
    if (*fd >= 0 && size == sizeof(*layout)) {
        return 0;
    }
    close_if_open(*fd);
    return *fd == -EMFILE ? -EMFILE : -EPROTO;
}

static int watch_fd(int epoll, int fd)
{
    struct epoll_event e = {.events = EPOLLIN};

    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

static void close_fd(int *fd)
{
    close_if_open(*fd);
    *fd = -1;
}

static int make_event_fd(struct stream *s)
{
    int line_fd = s->ops->fd(s->line);

    if (line_fd < 0) {
        return line_fd;
    }
    s->queue_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->event_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->queue_fd < 0 || s->event_fd < 0 || watch_fd(s->event_fd, s->queue_fd) ||
        watch_fd(s->event_fd, line_fd)) {
        int error = -errno;
        close_fd(&s->queue_fd);
        close_fd(&s->event_fd);
        return error;
    }
    signal_queue(s);
    return s->event_fd;
}

static int stream_event_fd(struct transport *t)
{
    struct stream *s = stream_of(t);

    pthread_mutex_lock(&s->lock);
    int fd = s->event_fd >= 0 ? s->event_fd : make_event_fd(s);
    pthread_mutex_unlock(&s->lock);
    return fd;
}

static void stream_close(struct transport *t)
{
    struct stream *s = stream_of(t);

    close_fd(&s->event_fd);
    close_fd(&s->queue_fd);
    s->ops->close(s->line);
    pthread_cond_destroy(&s->news);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* No reply and no event says that the other side was killed. */
static bool stream_is_there(struct transport *t)
{
    const struct stream *s = stream_of(t);
    struct pollfd line = {.fd = s->ops->fd(s->line), .events = POLLRDHUP};

    return line.fd < 0 || !poll(&line, 1, 0);
}

static void stream_abandon(struct transport *t)
{
    struct stream *s = stream_of(t);

    close_fd(&s->event_fd);
    close_fd(&s->queue_fd);
    if (s->ops->abandon) {
        s->ops->abandon(s->line);
    }
}

static const struct transport_ops stream_ops = {
    .request = stream_request,
    .next_event = stream_next_event,
    .event_fd = stream_event_fd,
    .memory = stream_memory,
    .is_there = stream_is_there,
    .close = stream_close,
    .abandon = stream_abandon,
};

static void init_locks(struct stream *s)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->news, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

int transport_over_line(const struct line_ops *ops, void *line, struct transport **transport)
{
    struct stream *s = calloc(1, sizeof(*s));

    if (!s) {
        return -ENOMEM;
    }
    s->transport.ops = &stream_ops;
    s->ops = ops;
    s->line = line;
    s->queue_fd = s->event_fd = -1;
    frame_reader_init(&s->reader);
    init_locks(s);
    /* The start only has to distinguish this client's requests from an earlier client's. */
    if (getrandom(&s->sequence, sizeof(s->sequence), GRND_NONBLOCK) < 0) {
        s->sequence = (uint32_t)now_ms() ^ (uint32_t)getpid() << 16;
    }
    *transport = &s->transport;
    return 0;
}
