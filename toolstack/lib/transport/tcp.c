/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp:HOST:PORT. */
#include "../transport.h"

#include "../clock.h"
#include "../deadline.h"

#include <altview/altview.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_PATIENCE_MS 5000

static bool ipv6_is_loopback(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

static bool is_loopback(const struct sockaddr *a)
{
    switch (a->sa_family) {
    case AF_INET:
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    case AF_INET6:
        return ipv6_is_loopback(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
    default:
        return false;
    }
}

/* The result of a connection attempt. */
static int finish_connecting(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int64_t patience = time_in(CONNECT_PATIENCE_MS), call = deadline_of_call();
    int64_t deadline = patience < call ? patience : call;
    int rc, error = 0;
    socklen_t size = sizeof(error);

    do {
        rc = poll(&p, 1, time_left(deadline));
    } while (rc < 0 && errno == EINTR);
    if (rc <= 0) {
        return rc ? -errno : -ETIMEDOUT;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) ? -errno : -error;
}

/* The descriptor, or a negative errno value. */
static int connect_to(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int rc = 0, on = 1;

    if (fd < 0) {
        return -errno;
    }
    if (connect(fd, a->ai_addr, a->ai_addrlen)) {
        rc = errno == EINPROGRESS || errno == EINTR ? finish_connecting(fd) : -errno;
    }
    if (rc) {
        close(fd);
        return rc;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* faster; works without, too */
    return fd;
}

/* The first address that answers. It does not try addresses other than loopback. */
static int connect_to_any(const struct addrinfo *a, unsigned int flags)
{
    int rc = -EACCES;

    for (; a && rc < 0; a = a->ai_next) {
        if (flags & ALTVIEW_OPEN_REMOTE || is_loopback(a->ai_addr)) {
            rc = connect_to(a);
        }
    }
    return rc;
}

/* "[::1]:4000" and "localhost:4000". */
static int split(const char *rest, char *host, size_t size, const char **port)
{
    const char *colon = strrchr(rest, ':');
    size_t length = colon ? (size_t)(colon - rest) : 0;

    if (!length || !colon[1] || length >= size) {
        return altview_fail(-EINVAL, "tcp:%s is not understood: tcp:HOST:PORT", rest);
    }
    if (rest[0] == '[' && rest[length - 1] == ']') {
        rest++;
        length -= 2;
    }
    memcpy(host, rest, length);
    host[length] = '\0';
    *port = colon + 1;
    return 0;
}

static int no_connection(int error, const char *rest)
{
    if (error == -EACCES) {
        return altview_fail(error,
                            "tcp:%s is another machine: the protocol knows no passwords. Forward "
                            "the port with ssh -L, or force it with ALTVIEW_OPEN_REMOTE",
                            rest);
    }
    return altview_fail(error, "can't connect to tcp:%s: %s", rest, strerrordesc_np(-error));
}

int transport_open_tcp(const char *rest, unsigned int flags, struct transport **transport)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    char host[256];
    const char *port = NULL;

    int rc = split(rest, host, sizeof(host), &port);
    if (rc) {
        return rc;
    }
    rc = getaddrinfo(host, port, &hints, &addresses);
    if (rc) {
        return altview_fail(-EINVAL, "tcp:%s: %s", rest, gai_strerror(rc));
    }
    int fd = connect_to_any(addresses, flags);
    freeaddrinfo(addresses);
    return fd < 0 ? no_connection(fd, rest) : transport_over_fd(fd, SILENCE_MS, transport);
}
