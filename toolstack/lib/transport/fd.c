/* SPDX-License-Identifier: BSD-2-Clause */
#include "../transport.h"

#include "../clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct fd_line {
    int fd;
    bool socket;
    atomic_int passed; /* a descriptor that has come, -1, or -EMFILE */
};

/* As poll(2) for one descriptor, but through signals. */
static int wait_until(int fd, short events, int64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = events};
    int rc;

    do {
        rc = poll(&p, 1, time_left(deadline));
    } while (rc < 0 && errno == EINTR);
    return rc < 0 ? -errno : rc;
}

static int failure(void)
{
    return errno == EAGAIN || errno == EINTR ? 0 : -ENOTCONN;
}

/* A disconnected peer must not end this process: no SIGPIPE. (A tty sends none.) */
static ssize_t put(const struct fd_line *l, const void *bytes, size_t size)
{
    return l->socket ? send(l->fd, bytes, size, MSG_NOSIGNAL) : write(l->fd, bytes, size);
}

static int fd_send(void *line, const void *bytes, size_t size, int milliseconds)
{
    const struct fd_line *l = line;
    int64_t deadline = time_in(milliseconds);
    size_t sent = 0;

    while (sent < size) {
        int rc = wait_until(l->fd, POLLOUT, deadline);
        if (rc <= 0) {
            return rc ? rc : -ETIMEDOUT;
        }
        ssize_t count = put(l, (const char *)bytes + sent, size - sent);
        if (count < 0 && failure()) {
            return failure();
        }
        sent += count > 0 ? (size_t)count : 0;
    }
    return (int)size;
}

/* An emulated UART sends byte by byte. Over TCP each byte waits until the other side acknowledges
 * the one before, which the kernel would delay by 40 ms. The kernel drops the option, so set it
 * each time. */
static void hurry(const struct fd_line *l)
{
    if (l->socket) {
        setsockopt(l->fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
    }
}

static int fd_passed(void *line)
{
    struct fd_line *l = line;

    return atomic_exchange(&l->passed, -1);
}

static void keep_descriptor(struct fd_line *l, int fd)
{
    fd = atomic_exchange(&l->passed, fd);
    if (fd >= 0) {
        close(fd);
    }
}

/* Descriptors that come with the bytes. Keep one: the other side sends none without a request. The
 * kernel drops descriptors for which the process has no number left. */
static void take_descriptors(struct fd_line *l, struct msghdr *message)
{
    if (message->msg_flags & MSG_CTRUNC && !CMSG_FIRSTHDR(message)) {
        keep_descriptor(l, -EMFILE);
    }
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
            keep_descriptor(l, fd);
        }
    }
}

static ssize_t get(struct fd_line *l, void *bytes, size_t size)
{
    union {
        struct cmsghdr header;
        uint8_t room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    ssize_t count;

    if (!l->socket) {
        return read(l->fd, bytes, size);
    }
    count = recvmsg(l->fd, &message, MSG_CMSG_CLOEXEC);
    if (count >= 0) {
        take_descriptors(l, &message);
    }
    return count;
}

static int fd_receive(void *line, void *bytes, size_t size, int milliseconds)
{
    struct fd_line *l = line;
    int rc = wait_until(l->fd, POLLIN, time_in(milliseconds));

    if (rc <= 0) {
        return rc;
    }
    ssize_t count = get(l, bytes, size);
    if (count < 0) {
        return failure();
    }
    hurry(l);
    return count ? (int)count : -ENOTCONN;
}

static int fd_of(void *line)
{
    return ((const struct fd_line *)line)->fd;
}

static void fd_abandon(void *line)
{
    struct fd_line *l = line;

    keep_descriptor(l, -1);
    close(l->fd);
}

static void fd_close(void *line)
{
    fd_abandon(line);
    free(line);
}

static const struct line_ops fd_ops = {
    .send = fd_send,
    .receive = fd_receive,
    .fd = fd_of,
    .passed = fd_passed,
    .close = fd_close,
    .abandon = fd_abandon,
};

int transport_over_fd(int fd, uint32_t silence_ms, struct transport **transport)
{
    struct fd_line *l = malloc(sizeof(*l));
    struct stat s;

    if (!l || fstat(fd, &s) || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)) {
        int error = l ? errno : ENOMEM;
        free(l);
        close(fd);
        return altview_fail(-error, "can't use the connection: %s", strerrordesc_np(error));
    }
    *l = (struct fd_line){.fd = fd, .socket = S_ISSOCK(s.st_mode), .passed = -1};
    int rc = transport_over_line(&fd_ops, l, transport);
    if (rc) {
        fd_close(l);
        return altview_fail(rc, "not enough memory");
    }
    (*transport)->silence_ms = silence_ms;
    return 0;
}
