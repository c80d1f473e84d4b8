/* SPDX-License-Identifier: BSD-2-Clause */
/* unix:PATH and unix:NAME. */
#include "fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int no_connection(const char *path)
{
    int error = errno;

    if (error == ENOENT) {
        return altview_fail(-error, "there is no socket %s: start one with `altview run`", path);
    }
    if (error == ECONNREFUSED) {
        return altview_fail(-error, "nobody listens at %s any more: that run has ended; remove it",
                            path);
    }
    return altview_fail(-error, "can't connect to %s: %s", path, strerrordesc_np(error));
}

static int connect_to(int fd, const struct sockaddr_un *address)
{
    int rc;

    do {
        rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    } while (rc && errno == EINTR);
    return rc;
}

static int open_path(const char *path, struct transport **transport)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        return altview_fail(-ENAMETOOLONG, "%s is too long: a socket's path has at most %zu bytes",
                            path, sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect_to(fd, &address)) {
        int rc = no_connection(path);
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    return transport_over_fd(fd, transport);
}

int transport_open_unix(const char *rest, unsigned int flags, struct transport **transport)
{
    char path[4096];

    (void)flags;
    if (!*rest) {
        return altview_fail(-EINVAL, "unix: needs the path of a socket or the name of a run");
    }
    if (strchr(rest, '/')) {
        return open_path(rest, transport);
    }
    int rc = run_socket(rest, path, sizeof(path));
    return rc ? rc : open_path(path, transport);
}
