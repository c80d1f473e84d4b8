/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes between the peer's line and the control server. */
#include "port/line.h"
#include "port/monitor.h"
#include "x86/x86.h"

#define LINGER 64 /* polls after which no more bytes are expected */
#define PATIENCE                                                                                   \
    1000000       /* after this time, a line that takes no bytes has no other end: about 1
                          * s */
#define ROUNDS 64 /* of one poll in all, however many bytes a peer has put into its ring */

static void fill(struct port *port)
{
    if (port->start == port->end) {
        port->start = port->end = 0;
    }
    port->end += line_receive(port, port->bytes + port->end, sizeof(port->bytes) - port->end);
}

/* A ring keeps its bytes. */
void port_save(struct domain *domain)
{
    if (!domain->port.moved) {
        fill(&domain->port);
    }
}

/* Keep the bytes that the server did not take yet. */
static size_t receive(struct domain *domain)
{
    struct port *port = &domain->port;
    size_t taken;

    fill(port);
    if (port->start == port->end) {
        return 0;
    }
    taken = control_receive(domain->control, port->bytes + port->start, port->end - port->start);
    port->start += taken;
    return taken;
}

static size_t send(struct domain *domain)
{
    struct control *control = domain->control;
    size_t size, sent;
    const void *bytes;

    if (!control_has_output(control)) {
        return 0;
    }
    bytes = control_output(control, &size);
    sent = line_send(&domain->port, bytes, size);
    control_sent(control, sent);
    return sent;
}

/* Rarely changes, and only with the lock held: most polls need not write it. */
static void note_unsent(struct domain *domain)
{
    bool unsent = control_has_output(domain->control);

    if (domain->port.unsent != unsent) {
        __atomic_store_n(&domain->port.unsent, unsent, __ATOMIC_SEQ_CST);
    }
}

/* The peer has begun to write to its ring. altview leaves the wire after a whole frame. */
static void move(struct domain *domain)
{
    struct port *port = &domain->port;

    port_drain(domain);
    port->start = port->end = 0;
    port->moved = true;
    control_moved(domain->control);
}

static bool has_more(struct port *port)
{
    return port->moved && (port->start != port->end || ring_has(&port->in));
}

/* Over the wire a poll takes one piece, which is all that can be there; over the rings it takes all
 * bytes. `rounds` are left. */
static size_t exchange(struct domain *domain, unsigned int *rounds)
{
    size_t all = 0, moved, sent;

    do {
        moved = receive(domain);
        do {
            sent = send(domain);
            moved += sent;
        } while (domain->port.moved && sent);
        all += moved;
    } while (has_more(&domain->port) && moved && *rounds && --*rounds);
    return all;
}

void port_poll(struct domain *domain)
{
    struct port *port = &domain->port;
    unsigned int rounds = ROUNDS;
    size_t moved;

    if (!port->moved && port->ringed && ring_has(&port->in)) {
        move(domain);
    }
    do {
        moved = exchange(domain, &rounds);
        control_tick(domain->control);
        moved += send(domain);
        line_tell(port);
    } while (line_has_more(port) && rounds && --rounds);
    port->quiet = moved ? 0 : port->quiet + (port->quiet < PATIENCE);
    note_unsent(domain);
}

bool port_is_busy(const struct domain *domain)
{
    return domain->port.quiet < LINGER;
}

/* It counts polls, not time, because an emulator's CPU may stop running at any moment. Bytes over
 * the rings ring their own bell. For bytes that a poll has left there no bell rings again. */
bool port_is_expected(const struct domain *domain)
{
    const struct port *port = &domain->port;

    if (control_has_output(domain->control)) {
        return port->quiet < PATIENCE;
    }
    return port->moved ? ring_has(&port->in) : port->quiet < LINGER;
}

void port_hold(struct domain *domain)
{
    domain->port.held++;
    line_watch(&domain->port);
}

/* Over the rings a bell rings for all bytes that come from now on: poll once for those that have
 * come. */
void port_release(struct domain *domain)
{
    struct port *port = &domain->port;

    port->held--;
    if (!port->moved || line_has_more(port) || control_has_output(domain->control)) {
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
            break; /* a ring that is full */
        }
        control_sent(domain->control, size);
    }
    line_tell(&domain->port);
    note_unsent(domain);
}

/* Bytes that a peer does not read within that time have no reader. */
#define FINISH_SECONDS 1

void port_finish(struct domain *domain)
{
    const struct control_host *host = &domain->control->host;
    uint64_t start = host->now(host->context);
    size_t size;

    port_drain(domain);
    while (control_output(domain->control, &size) &&
           host->now(host->context) - start < FINISH_SECONDS * host->ticks_hz) {
        cpu_relax();
        port_drain(domain);
    }
}
