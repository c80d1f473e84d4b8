/* SPDX-License-Identifier: BSD-2-Clause */
#include "raw.h"

#include "check.h"
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int open_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

static int open_tcp(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -1 : fd;
}

int raw_open(const char *where)
{
    int fd = strncmp(where, "unix:", 5) ? open_tcp(strrchr(where, ':') + 1) : open_unix(where + 5);

    if (fd < 0) {
        give_up("connected by hand", "%s: %s", where, strerror(errno));
    }
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

size_t raw_send(int fd, const void *bytes, size_t size, int milliseconds)
{
    struct pollfd poll_for = {.fd = fd, .events = POLLOUT};
    size_t sent = 0;

    while (sent < size && poll(&poll_for, 1, milliseconds) > 0) {
        ssize_t done = send(fd, (const uint8_t *)bytes + sent, size - sent, MSG_NOSIGNAL);

        if (done <= 0) {
            break;
        }
        sent += (size_t)done;
    }
    return sent;
}

size_t raw_frame(void *frame, enum altview_request type, uint32_t sequence, const void *payload,
                 size_t size)
{
    struct altview_frame *header = frame;

    *header = (struct altview_frame){.kind = ALTVIEW_FRAME_REQUEST,
                                     .type = (uint16_t)type,
                                     .length = (uint32_t)size,
                                     .sequence = sequence};
    if (size) {
        memcpy(header + 1, payload, size);
    }
    return frame_seal(header);
}

void raw_request(int fd, enum altview_request type, uint32_t sequence, const void *payload,
                 size_t size)
{
    _Alignas(8) uint8_t frame[FRAME_MAX];
    size_t whole = raw_frame(frame, type, sequence, payload, size);

    if (raw_send(fd, frame, whole, PATIENCE) != whole) {
        give_up("a request is sent by hand", "the other side does not take it");
    }
}

/* Frames that the buffer already has. */
static bool find_reply(struct frame_reader *reader, uint32_t sequence, int *status)
{
    const struct altview_frame *frame;

    while ((frame = frame_next(reader))) {
        if (frame->kind == ALTVIEW_FRAME_REPLY && frame->sequence == sequence) {
            *status = frame->status;
            return true;
        }
    }
    return false;
}

int raw_reply_within(int fd, uint32_t sequence, int milliseconds)
{
    static struct frame_reader reader;
    struct pollfd poll_for = {.fd = fd, .events = POLLIN};
    uint8_t bytes[1024];
    int status;

    frame_reader_init(&reader);
    while (poll(&poll_for, 1, milliseconds) > 0) {
        ssize_t got = recv(fd, bytes, sizeof(bytes), 0);

        if (got <= 0) {
            return -ENOTCONN;
        }
        for (ssize_t used = 0; used < got;) {
            used += (ssize_t)frame_feed(&reader, bytes + used, (size_t)(got - used));
            if (find_reply(&reader, sequence, &status)) {
                return status;
            }
        }
    }
    return -ETIMEDOUT;
}

int raw_reply(int fd, uint32_t sequence)
{
    return raw_reply_within(fd, sequence, PATIENCE);
}
