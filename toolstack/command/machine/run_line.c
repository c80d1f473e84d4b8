/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine/run_line.h"

#include "control/frame.h"
#include "say.h"
#include "toolstack/machine/registry.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 30000 /* a run whose machine still boots answers its clients only later */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int line;

    if (strlen(path) >= sizeof(address.sun_path)) {
        return -1;
    }
    strcpy(address.sun_path, path);
    line = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (line >= 0 && connect(line, (struct sockaddr *)&address, sizeof(address))) {
        close(line);
        line = -1;
    }
    return line;
}

int run_line_open(const char *name)
{
    struct run_record record;
    int line = run_find(name, &record) ? -1 : connect_to(record.socket);

    if (line < 0) {
        fail("no run is called %s; altview list tells which there are", name);
    }
    return line;
}

bool run_line_put(int line, const void *bytes, size_t size)
{
    const char *from = bytes;

    while (size) {
        ssize_t done = write(line, from, size);

        if (done < 0 && errno != EINTR && errno != EAGAIN) {
            return false;
        }
        from += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* One read, and the descriptor that comes with it, if *file is still -1. */
static ssize_t take(int line, void *to, size_t size, int *file)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(*file))];
    } control = {0};
    struct iovec part = {.iov_base = to, .iov_len = size};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof(control.room)};
    ssize_t got = recvmsg(line, &message, MSG_CMSG_CLOEXEC);
    const struct cmsghdr *passed = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    int passed_file;

    if (passed && passed->cmsg_level == SOL_SOCKET && passed->cmsg_type == SCM_RIGHTS &&
        passed->cmsg_len == CMSG_LEN(sizeof(*file))) {
        memcpy(&passed_file, CMSG_DATA(passed), sizeof(passed_file));
        if (*file < 0) {
            *file = passed_file;
        } else {
            close(passed_file);
        }
    }
    return got;
}

/* Exactly that number: what follows may not be a frame. */
static bool take_exactly(int line, void *to, size_t size, int *file)
{
    char *bytes = to;

    while (size && poll(&(struct pollfd){.fd = line, .events = POLLIN}, 1, PATIENCE_MS) > 0) {
        ssize_t got = take(line, bytes, size, file);

        if (got <= 0 && errno != EINTR) {
            return false;
        }
        bytes += got > 0 ? got : 0;
        size -= got > 0 ? (size_t)got : 0;
    }
    return !size;
}

static int take_reply(int line, const struct altview_frame *asked, void *reply, size_t reply_size,
                      int *file)
{
    struct altview_frame frame;

    if (!take_exactly(line, &frame, sizeof(frame), file)) {
        return -ETIMEDOUT;
    }
    if (frame.magic != ALTVIEW_CONTROL_MAGIC || frame.type != asked->type ||
        (frame.length != reply_size && !(frame.status && !frame.length)) ||
        !take_exactly(line, reply, frame.length, file)) {
        return -EPROTO;
    }
    return frame.status;
}

int run_line_ask(int line, enum altview_request type, const void *payload, size_t size, void *reply,
                 size_t reply_size, int *file)
{
    static uint32_t sequence;
    struct {
        struct altview_frame frame;
        char payload[64];
    } asked = {.frame = {.kind = ALTVIEW_FRAME_REQUEST,
                         .type = (uint16_t)type,
                         .length = (uint32_t)size,
                         .sequence = sequence + 1}};
    int passed = -1, status;

    sequence++;
    memset(reply, 0, reply_size);
    if (size) {
        memcpy(asked.payload, payload, size);
    }
    status = run_line_put(line, &asked, frame_seal(&asked.frame))
                 ? take_reply(line, &asked.frame, reply, reply_size, &passed)
                 : -ETIMEDOUT;
    if (passed >= 0 && (!file || status)) {
        close(passed);
        passed = -1;
    }
    if (file) {
        *file = passed;
    }
    return status;
}
