/* SPDX-License-Identifier: BSD-2-Clause */
/* unix:PATH and unix:NAME. */
#include "../transport.h"

#include "../clock.h"
#include "../deadline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TRY_AGAIN_MS 10

static int no_connection(const char *path)
{
    int error = errno;

    if (error == ENOENT) {
        return altview_fail(-error, "there is no socket %s: start one with `altview run`", path);
    }
    if (error == ECONNREFUSED) {
        return altview_fail(-error, "no run listens at %s any more: that run has ended; remove it",
                            path);
    }
    if (error == EAGAIN) {
        return altview_fail(-EBUSY,
                            "the run at %s takes no callers: has that run been stopped "
                            "(Ctrl-Z)?",
                            path);
    }
    return altview_fail(-error, "can't connect to %s: %s", path, strerrordesc_np(error));
}

/*
 * A blocking socket would wait for ever if the queue of connections is full. A non-blocking one
 * gets EAGAIN then (unix(7)), and poll(2) does not work for it.
 */
static int connect_to(int fd, const struct sockaddr_un *address, int64_t deadline)
{
    int rc;

    while ((rc = connect(fd, (const struct sockaddr *)address, sizeof(*address))) &&
           (errno == EINTR || (errno == EAGAIN && time_left(deadline)))) {
        poll(NULL, 0, TRY_AGAIN_MS);
    }
    return rc;
}

static int open_path(const char *path, int64_t deadline, struct transport **transport)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        return altview_fail(-ENAMETOOLONG, "%s is too long: a socket's path has at most %zu bytes",
                            path, sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect_to(fd, &address, deadline)) {
        int rc = no_connection(path);
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    return transport_over_fd(fd, 0, transport);
}

int transport_open_unix(const char *rest, unsigned int flags, struct transport **transport)
{
    int64_t deadline = flags & TRANSPORT_AT_ONCE ? now_ms() : deadline_of_call();
    char path[4096];

    if (!*rest) {
        return altview_fail(-EINVAL, "unix: needs the path of a socket or the name of a run");
    }
    if (strchr(rest, '/')) {
        return open_path(rest, deadline, transport);
    }
    int rc = run_socket(rest, path, sizeof(path));
    return rc ? rc : open_path(path, deadline, transport);
}
