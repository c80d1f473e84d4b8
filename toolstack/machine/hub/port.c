/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/hub/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int port_listen(unsigned int *number)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (listener < 0) {
        return -errno;
    }
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 16) ||
        getsockname(listener, (struct sockaddr *)&address, &size)) {
        int error = -errno;

        close(listener);
        return error;
    }
    *number = ntohs(address.sin_port);
    return listener;
}

#define ESTABLISHED 1

/* The user of the other end, from the kernel's table of connections: proc(5), /proc/net/tcp. */
static bool is_ours(const struct sockaddr_in *peer, const struct sockaddr_in *own)
{
    FILE *table = fopen("/proc/net/tcp", "re");
    unsigned int address = 0, port = 0, to = 0, state = 0, uid = 0;
    bool found = false;
    char line[512];

    while (table && !found && fgets(line, sizeof(line), table)) {
        found = sscanf(line, "%*d: %x:%x %*x:%x %x %*s %*s %*s %u", &address, &port, &to, &state,
                       &uid) == 5 &&
                state == ESTABLISHED && to == ntohs(own->sin_port) &&
                address == peer->sin_addr.s_addr && port == ntohs(peer->sin_port) &&
                uid == geteuid();
    }
    if (table) {
        fclose(table);
    }
    return found;
}

int port_accept(int listener)
{
    struct sockaddr_in peer = {0}, own = {0};
    socklen_t size = sizeof(peer);
    int port = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (port < 0) {
        return -errno;
    }
    size = sizeof(own);
    if (getsockname(port, (struct sockaddr *)&own, &size) || !is_ours(&peer, &own)) {
        close(port);
        return -EAGAIN;
    }
    setsockopt(port, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return port;
}

ssize_t port_read(int port, void *bytes, size_t size)
{
    ssize_t got = recv(port, bytes, size, 0);
    int error = errno;

    /* The setting does not stay: tcp(7). Other sockets have no such thing. */
    setsockopt(port, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
    errno = error;
    return got;
}
