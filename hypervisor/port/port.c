/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes between the peer's line and the control server. */
#include "core/kick.h"
#include "port/line.h"
#include "port/monitor.h"

#define LINGER   64      /* looks after which nothing more is expected */
#define PATIENCE 1000000 /* after which a line that takes nothing has no other end: about 1 s */
#define ROUNDS   64      /* of a look, however much a peer has put into its ring */

static void fill(struct port *port)
{
    if (port->start == port->end) {
        port->start = port->end = 0;
    }
    port->end += line_receive(port, port->bytes + port->end, sizeof(port->bytes) - port->end);
}

/* A ring keeps what is in it. */
void port_save(struct domain *domain)
{
    if (!domain->port.moved) {
        fill(&domain->port);
    }
}

/* What the server would not take yet is kept. */
static size_t receive(struct domain *domain)
{
    struct port *port = &domain->port;
    size_t taken;

    fill(port);
    if (port->start == port->end) {
        return 0;
    }
    kick_all(domain); /* requests are served while the guest stands still */
    taken = control_receive(domain->control, port->bytes + port->start, port->end - port->start);
    port->start += taken;
    return taken;
}

static size_t send(struct domain *domain)
{
    struct control *control = domain->control;
    size_t size, sent;
    const void *bytes = control_output(control, &size);

    if (!bytes) {
        return 0;
    }
    sent = line_send(&domain->port, bytes, size);
    control_sent(control, sent);
    return sent;
}

/* The peer has begun to write to its ring. The wire is left with whole frames on it. */
static void move(struct domain *domain)
{
    struct port *port = &domain->port;

    port_drain(domain);
    port->start = port->end = 0;
    port->moved = true;
    control_moved(domain->control);
}

/* Over the wire one piece a look, which is all that there can be; over the rings all there is. */
static size_t exchange(struct domain *domain)
{
    size_t all = 0, moved, sent;
    unsigned int rounds = 0;

    do {
        moved = receive(domain);
        do {
            sent = send(domain);
            moved += sent;
        } while (domain->port.moved && sent);
        all += moved;
    } while (domain->port.moved && moved && ++rounds < ROUNDS);
    return all;
}

void port_poll(struct domain *domain)
{
    struct port *port = &domain->port;
    unsigned int rounds = 0;
    size_t moved;

    if (!port->moved && port->ringed && ring_has(&port->in)) {
        move(domain);
    }
    do {
        moved = exchange(domain);
        control_tick(domain->control);
        moved += send(domain);
        line_tell(port);
    } while (line_has_more(port) && ++rounds < ROUNDS);
    port->quiet = moved ? 0 : port->quiet + (port->quiet < PATIENCE);
}

bool port_is_busy(const struct domain *domain)
{
    return domain->port.quiet < LINGER;
}

/* In looks, not in time: a CPU that is an emulator's may lose its own at any moment. What comes
 * over the rings rings its own bell. */
bool port_is_expected(const struct domain *domain)
{
    const struct port *port = &domain->port;
    size_t size;

    return port->quiet < (control_output(domain->control, &size) ? PATIENCE
                          : port->moved                          ? 0U
                                                                 : LINGER);
}

void port_hold(struct domain *domain)
{
    domain->port.held++;
    line_watch(&domain->port);
}

/* Over the rings there is a bell for all that comes from now on: one look for what has come. */
void port_release(struct domain *domain)
{
    struct port *port = &domain->port;
    size_t size;

    port->held--;
    if (!port->moved || line_has_more(port) || control_output(domain->control, &size)) {
        port_poll(domain);
    }
}

void port_drain(struct domain *domain)
{
    size_t size;
    const void *bytes;

    while ((bytes = control_output(domain->control, &size))) {
        size = line_write(&domain->port, bytes, size);
        if (!size) {
            break; /* a ring that nobody reads */
        }
        control_sent(domain->control, size);
    }
    line_tell(&domain->port);
}
