/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line to a simulated domain: bytes go to its control server and come from it, so the protocol
 * is the same as on a serial port. Around it is a transport, by which sim.c recognises its handles.
 */
#include "toolstack/sim/domain.h"

#include "toolstack/lib/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS     1000000000
#define PER_MILLISECOND 1000000
#define TICK            (2 * PER_MILLISECOND)
#define FOREVER         UINT64_MAX

/* The server takes no request while the reply to the one before is not read. */
static int line_send(void *line, const void *bytes, size_t size, int milliseconds)
{
    struct sim *s = line;
    size_t taken;

    (void)milliseconds; /* it takes none */
    sim_lock(s);
    taken = control_receive(&s->control, bytes, size);
    sim_unlock(s);
    return taken == size ? (int)size
                         : altview_fail(-ENOBUFS, "sim: the last reply is still unread");
}

static size_t take_output(struct sim *s, void *bytes, size_t size)
{
    size_t ready;
    const void *output = control_output(&s->control, &ready);

    if (!output) {
        return 0;
    }
    if (ready > size) {
        ready = size;
    }
    memcpy(bytes, output, ready);
    control_sent(&s->control, ready);
    return ready;
}

static bool anything_is_held(const struct sim *s)
{
    for (unsigned int i = 0; i < s->vcpu_count; i++) {
        if (control_holds(&s->control, i)) {
            return true;
        }
    }
    return false;
}

/* Wait until another thread has used the domain. A deadline of a held vCPU can pass meanwhile: then
 * look at the clock again soon. */
static void wait_for_change(struct sim *s, uint64_t deadline)
{
    uint64_t until = deadline;
    struct timespec when;

    if (anything_is_held(s) && until > sim_now() + TICK) {
        until = sim_now() + TICK;
    }
    if (until == FOREVER) {
        pthread_cond_wait(&s->changed, &s->lock);
        return;
    }
    when.tv_sec = (time_t)(until / NANOSECONDS);
    when.tv_nsec = (long)(until % NANOSECONDS);
    pthread_cond_timedwait(&s->changed, &s->lock, &when);
}

static int line_receive(void *line, void *bytes, size_t size, int milliseconds)
{
    struct sim *s = line;
    uint64_t deadline =
        milliseconds < 0 ? FOREVER : sim_now() + (uint64_t)milliseconds * PER_MILLISECOND;
    size_t taken;

    sim_lock(s);
    control_tick(&s->control);
    taken = take_output(s, bytes, size);
    while (!taken && milliseconds && sim_now() < deadline) {
        wait_for_change(s, deadline);
        control_tick(&s->control);
        taken = take_output(s, bytes, size);
    }
    sim_unlock(s);
    return (int)taken;
}

static int line_fd(void *line)
{
    struct sim *s = line;
    int fd;

    sim_lock(s);
    if (s->event_fd < 0) {
        s->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    }
    fd = s->event_fd < 0 ? -errno : s->event_fd;
    sim_unlock(s);
    return fd;
}

static void line_close(void *line)
{
    sim_free(line);
}

/* Without the lock: another thread of the parent may have had it. */
static void line_abandon(void *line)
{
    struct sim *s = line;

    if (s->event_fd >= 0) {
        close(s->event_fd);
        s->event_fd = -1;
    }
    sim_memory_abandon(&s->memory);
}

static const struct line_ops line_ops = {
    .send = line_send,
    .receive = line_receive,
    .fd = line_fd,
    .close = line_close,
    .abandon = line_abandon,
};

struct sim_transport {
    struct transport transport;
    struct transport *over_line;
    struct sim *sim;
};

static struct sim_transport *of(struct transport *t)
{
    return (struct sim_transport *)t;
}

static int request(struct transport *t, enum altview_request type, const void *payload, size_t size,
                   void *reply, size_t reply_room, size_t *reply_size, unsigned int milliseconds)
{
    struct transport *line = of(t)->over_line;

    line->owner = t->owner;
    return line->ops->request(line, type, payload, size, reply, reply_room, reply_size,
                              milliseconds);
}

static int next_event(struct transport *t, struct altview_event *event, int milliseconds)
{
    struct transport *line = of(t)->over_line;

    return line->ops->next_event(line, event, milliseconds);
}

static int event_fd(struct transport *t)
{
    struct transport *line = of(t)->over_line;

    return line->ops->event_fd(line);
}

/* A separate file description, for reading or for both. */
static int memory(struct transport *t, bool writes, struct altview_layout *layout, int *fd,
                  unsigned int milliseconds)
{
    const struct sim_memory *m = &of(t)->sim->memory;
    char path[64];

    (void)milliseconds;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", m->file);
    *fd = open(path, (writes ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    *layout = (struct altview_layout){
        .count = 1, .flags = ALTVIEW_LAYOUT_EXECUTES, .pieces = {{.size = m->size}}};
    return *fd < 0 ? -errno : 0;
}

static void close_transport(struct transport *t)
{
    struct transport *line = of(t)->over_line;

    line->ops->close(line);
    free(of(t));
}

static void abandon(struct transport *t)
{
    struct transport *line = of(t)->over_line;

    line->ops->abandon(line);
}

static const struct transport_ops ops = {.request = request,
                                         .next_event = next_event,
                                         .event_fd = event_fd,
                                         .memory = memory,
                                         .close = close_transport,
                                         .abandon = abandon};

struct sim *sim_of_transport(struct transport *t)
{
    return t->ops == &ops ? of(t)->sim : NULL;
}

static int open_transport(struct sim *s, struct transport **transport)
{
    struct sim_transport *t = malloc(sizeof(*t));
    int rc;

    if (!t) {
        return -ENOMEM;
    }
    *t = (struct sim_transport){.transport = {.ops = &ops}, .sim = s};
    rc = transport_over_line(&line_ops, s, &t->over_line);
    if (rc) {
        free(t);
        return rc;
    }
    *transport = &t->transport;
    return 0;
}

static int open_sim(const struct sim_options *options, struct transport **transport)
{
    struct sim *s;
    int rc = sim_new(options, &s);

    if (rc) {
        return rc;
    }
    rc = open_transport(s, transport);
    if (rc) {
        sim_free(s);
    }
    return rc;
}

int transport_open_sim(const char *rest, unsigned int flags, struct transport **transport)
{
    struct sim_options options;
    int rc = sim_options_parse(rest, &options);

    (void)flags;
    if (rc) {
        return rc;
    }
    rc = open_sim(&options, transport);
    return rc ? altview_fail(rc,
                             "sim: no memory for a domain with %u MiB; give it less, with memory=",
                             options.memory)
              : 0;
}
