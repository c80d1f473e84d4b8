/* SPDX-License-Identifier: BSD-2-Clause */
#include "peer.h"

#include "toolstack/lib/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void peer_die(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: the peer's script expected: %s\n", file, line, what);
    abort();
}

static void *run(void *context)
{
    struct peer *p = context;

    p->script(p);
    peer_hang_up(p);
    return NULL;
}

void peer_run(struct peer *p, int fd, void (*script)(struct peer *p))
{
    *p = (struct peer){.fd = fd, .script = script};
    frame_reader_init(&p->reader);
    CHECK(!pthread_create(&p->thread, NULL, run, p));
}

struct transport *peer_start(struct peer *p, void (*script)(struct peer *p))
{
    struct transport *t = NULL;
    int ends[2];

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    peer_run(p, ends[1], script);
    CHECK(!transport_over_fd(ends[0], 0, &t));
    return t;
}

void peer_join(struct peer *p)
{
    CHECK(!pthread_join(p->thread, NULL));
}

void peer_serve(const char *path, void (*script)(struct peer *p))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    CHECK((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path) <
          sizeof(address.sun_path));
    CHECK(!bind(listener, (struct sockaddr *)&address, sizeof(address)) && !listen(listener, 8));
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct peer p;
        int client = accept(listener, NULL, NULL);

        if (client >= 0) {
            peer_run(&p, client, script);
            peer_join(&p);
            close(client);
        }
    }
}

void peer_hang_up(struct peer *p)
{
    if (p->fd >= 0) {
        close(p->fd);
    }
    p->fd = -1;
}

static bool take_request(struct peer *p, struct request *r)
{
    const struct altview_frame *frame = frame_next(&p->reader);

    if (!frame) {
        return false;
    }
    CHECK(frame->kind == ALTVIEW_FRAME_REQUEST);
    r->frame = *frame;
    memcpy(r->payload, frame_payload(frame), frame->length);
    return true;
}

bool peer_receive(struct peer *p, struct request *r)
{
    uint8_t bytes[512];

    while (!take_request(p, r)) {
        ssize_t count = read(p->fd, bytes, sizeof(bytes));
        if (count <= 0) {
            return false;
        }
        CHECK(frame_feed(&p->reader, bytes, (size_t)count) == (size_t)count);
    }
    return true;
}

void peer_expect(struct peer *p, struct request *r, unsigned int type)
{
    CHECK(peer_receive(p, r));
    CHECK(r->frame.type == type);
}

bool peer_hears_nothing(struct peer *p, int milliseconds)
{
    struct pollfd f = {.fd = p->fd, .events = POLLIN};

    return poll(&f, 1, milliseconds) == 0;
}

/* Sockets would raise SIGPIPE, and terminals have no send(). */
static ssize_t put(int fd, const uint8_t *bytes, size_t size)
{
    ssize_t count = send(fd, bytes, size, MSG_NOSIGNAL);

    return count < 0 && errno == ENOTSOCK ? write(fd, bytes, size) : count;
}

bool peer_try_send(struct peer *p, const void *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t count = put(p->fd, (const uint8_t *)bytes + sent, size - sent);
        if (count <= 0) {
            return false;
        }
        sent += (size_t)count;
    }
    return true;
}

void peer_send(struct peer *p, const void *bytes, size_t size)
{
    CHECK(peer_try_send(p, bytes, size));
}

size_t peer_frame(void *bytes, const struct altview_frame *head, const void *payload)
{
    struct altview_frame *frame = bytes;

    *frame = *head;
    if (head->length) {
        memcpy(frame + 1, payload, head->length);
    }
    return frame_seal(frame);
}

bool peer_try_reply(struct peer *p, const struct request *r, int status, const void *payload,
                    size_t size)
{
    _Alignas(8) uint8_t bytes[FRAME_MAX];
    struct altview_frame head = r->frame;

    head.kind = ALTVIEW_FRAME_REPLY;
    head.status = status;
    head.length = (uint32_t)size;
    return peer_try_send(p, bytes, peer_frame(bytes, &head, payload));
}

void peer_reply(struct peer *p, const struct request *r, int status, const void *payload,
                size_t size)
{
    CHECK(peer_try_reply(p, r, status, payload, size));
}

void peer_event(struct peer *p, uint64_t id, unsigned int flags)
{
    _Alignas(8) uint8_t bytes[FRAME_MAX];
    const struct altview_event event = {
        .id = id, .type = ALTVIEW_EVENT_MEM_ACCESS, .flags = (uint16_t)flags};
    const struct altview_frame head = {.kind = ALTVIEW_FRAME_EVENT,
                                       .type = event.type,
                                       .sequence = ++p->sequence,
                                       .length = sizeof(event)};

    peer_send(p, bytes, peer_frame(bytes, &head, &event));
}

void peer_wait_for_end(struct peer *p)
{
    struct request r;

    while (peer_receive(p, &r)) {
    }
}

static char directory[] = "/tmp/altview-test-XXXXXX";
char peer_path[64];
int peer_listener;

int peer_make_socket(void **state)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)state;
    if (!mkdtemp(directory)) {
        return -1;
    }
    snprintf(peer_path, sizeof(peer_path), "%s/peer", directory);
    memcpy(a.sun_path, peer_path, strlen(peer_path));
    peer_listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return bind(peer_listener, (struct sockaddr *)&a, sizeof(a)) || listen(peer_listener, 1);
}

int peer_remove_socket(void **state)
{
    (void)state;
    close(peer_listener);
    return unlink(peer_path) || rmdir(directory);
}
