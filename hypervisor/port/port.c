/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes between the UART and the control server. */
#include "base/serial.h"
#include "core/kick.h"
#include "port/monitor.h"

#define LINGER   64      /* looks after which nothing more is expected */
#define PATIENCE 1000000 /* after which a line that takes nothing has no other end: about 1 s */

void port_save(struct domain *domain)
{
    struct port *port = &domain->port;

    if (port->start == port->end) {
        port->start = port->end = 0;
    }
    port->end += serial_receive(port->bytes + port->end, sizeof(port->bytes) - port->end);
}

/* What the server would not take yet is kept. */
static size_t receive(struct domain *domain)
{
    struct port *port = &domain->port;
    size_t taken;

    port_save(domain);
    if (port->start == port->end) {
        return 0;
    }
    kick_all(domain); /* requests are served while the guest stands still */
    taken = control_receive(domain->control, port->bytes + port->start, port->end - port->start);
    port->start += taken;
    return taken;
}

static size_t send(struct control *control)
{
    size_t size, sent;
    const void *bytes = control_output(control, &size);

    if (!bytes) {
        return 0;
    }
    sent = serial_send(bytes, size);
    control_sent(control, sent);
    return sent;
}

void port_poll(struct domain *domain)
{
    size_t moved = receive(domain);

    control_tick(domain->control);
    moved += send(domain->control);
    domain->port.quiet = moved ? 0 : domain->port.quiet + (domain->port.quiet < PATIENCE);
}

bool port_is_busy(const struct domain *domain)
{
    return domain->port.quiet < LINGER;
}

/* In looks, not in time: a CPU that is an emulator's may lose its own at any moment. */
bool port_is_expected(const struct domain *domain)
{
    size_t size;

    return domain->port.quiet < (control_output(domain->control, &size) ? PATIENCE : LINGER);
}

void port_drain(struct domain *domain)
{
    size_t size;
    const void *bytes;

    while ((bytes = control_output(domain->control, &size))) {
        serial_write(bytes, size);
        control_sent(domain->control, size);
    }
}
