/* SPDX-License-Identifier: BSD-2-Clause */
#include "bridge.h"

#include "check.h"
#include "guest.h"
#include "raw.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
    int machine, launcher, listener;
    int client; /* -1: none */
    pthread_t thread;
} bridge;

static int listen_on(unsigned int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 4) ||
        getsockname(fd, (struct sockaddr *)&address, &size)) {
        give_up("a port is opened", "%s", strerror(errno));
    }
    *port = ntohs(address.sin_port);
    return fd;
}

/* A file that appears at once with its contents. */
static void write_number(const char *directory, const char *name, unsigned int number)
{
    char path[512], temporary[520];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    file = fopen(temporary, "w");
    if (!file || fprintf(file, "%u\n", number) < 0 || fclose(file) || rename(temporary, path)) {
        give_up("a port is told", "%s: %s", path, strerror(errno));
    }
}

static unsigned int read_number(const char *directory, const char *name)
{
    unsigned int number = 0;
    char path[512];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "r");
    if (!file || fscanf(file, "%u", &number) != 1) {
        give_up("the launcher's port is known", "%s: %s", path, strerror(errno));
    }
    fclose(file);
    return number;
}

static int wait_for_machine(int listener)
{
    struct pollfd poll_for = {.fd = listener, .events = POLLIN};

    if (poll(&poll_for, 1, PATIENCE) <= 0) {
        give_up("the emulator connects", "it does not");
    }
    return accept(listener, NULL, NULL);
}

static void end_client(void)
{
    close(bridge.client);
    bridge.client = -1;
}

/* Never waits for a client: one that does not read loses the bytes that do not fit. */
static bool from_machine(void)
{
    uint8_t bytes[4096];
    ssize_t got = recv(bridge.machine, bytes, sizeof(bytes), 0);

    if (got <= 0) {
        return false;
    }
    raw_send(bridge.launcher, bytes, (size_t)got, PATIENCE);
    if (bridge.client >= 0) {
        raw_send(bridge.client, bytes, (size_t)got, 0);
    }
    return true;
}

static void from_client(void)
{
    uint8_t bytes[1024];
    ssize_t got = recv(bridge.client, bytes, sizeof(bytes), 0);

    if (got <= 0) {
        end_client();
    } else {
        raw_send(bridge.machine, bytes, (size_t)got, PATIENCE);
    }
}

/* The bridge drops the requests of the launcher's hub. */
static void from_launcher(void)
{
    uint8_t bytes[1024];

    recv(bridge.launcher, bytes, sizeof(bytes), 0);
}

static void *pass(void *unused)
{
    (void)unused;
    for (bool is_open = true; is_open;) {
        struct pollfd fds[] = {
            {.fd = bridge.machine, .events = POLLIN},
            {.fd = bridge.client < 0 ? bridge.listener : bridge.client, .events = POLLIN},
            {.fd = bridge.launcher, .events = POLLIN}};

        poll(fds, 3, -1);
        if (fds[1].revents && bridge.client < 0) {
            bridge.client = accept(bridge.listener, NULL, NULL);
        } else if (fds[1].revents) {
            from_client();
        }
        if (fds[2].revents & POLLIN) {
            from_launcher();
        }
        is_open = !fds[0].revents || from_machine();
    }
    if (bridge.client >= 0) {
        end_client();
    }
    close(bridge.machine);
    close(bridge.launcher);
    return NULL;
}

void bridge_open(const char *directory, char *where, size_t size)
{
    unsigned int port, client_port;
    int listener = listen_on(&port);
    char launcher[64];

    write_number(directory, "port", port);
    bridge.machine = wait_for_machine(listener);
    close(listener);
    snprintf(launcher, sizeof(launcher), "tcp:127.0.0.1:%u", read_number(directory, "launcher"));
    bridge.launcher = raw_open(launcher);
    bridge.listener = listen_on(&client_port);
    bridge.client = -1;
    snprintf(where, size, "tcp:127.0.0.1:%u", client_port);
    pthread_create(&bridge.thread, NULL, pass, NULL);
}

void bridge_cut(void)
{
    shutdown(bridge.machine, SHUT_RDWR);
    pthread_join(bridge.thread, NULL);
}
