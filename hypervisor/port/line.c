/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/line.h"

#include "base/log.h"
#include "base/serial.h"
#include "control/frame.h"
#include "memory/pages.h"

/* Each holds the largest frame. The ring from altview is larger, for a slow reader. */
#define TO_SIZE   (4 * PAGE_SIZE)
#define FROM_SIZE (16 * PAGE_SIZE)
#define TO_AT     PAGE_SIZE
#define FROM_AT   (TO_AT + TO_SIZE)
#define SIZE      (FROM_AT + FROM_SIZE)

_Static_assert(sizeof(struct altview_rings) <= TO_AT && TO_SIZE >= FRAME_MAX, "all has room");

struct altview_ring_place line_make(struct domain *domain, uint64_t instance)
{
    struct port *port = &domain->port;
    uint8_t *base = pages_reserve(SIZE / PAGE_SIZE);
    struct altview_rings *rings = (void *)base;

    if (!base) {
        machine_end(STATUS_NO_MEMORY, "no memory left for the control port's rings");
    }
    *rings = (struct altview_rings){
        .magic = ALTVIEW_RING_MAGIC,
        .version = ALTVIEW_RING_VERSION,
        .size = SIZE,
        .instance = instance,
        .to_altview_at = TO_AT,
        .to_altview_size = TO_SIZE,
        .from_altview_at = FROM_AT,
        .from_altview_size = FROM_SIZE,
    };
    ring_reader_init(&port->in, &rings->to_altview, base + TO_AT, TO_SIZE);
    ring_writer_init(&port->out, &rings->from_altview, base + FROM_AT, FROM_SIZE);
    port->ringed = true;
    altp2m_tell_moves(&domain->altp2m, &rings->generation);
    return (struct altview_ring_place){
        .address = phys_of(base), .size = SIZE, .version = ALTVIEW_RING_VERSION};
}

size_t line_receive(struct port *port, void *bytes, size_t size)
{
    return port->moved ? ring_read(&port->in, bytes, size) : serial_receive(bytes, size);
}

size_t line_send(struct port *port, const void *bytes, size_t size)
{
    return port->moved ? ring_write(&port->out, bytes, size) : serial_send(bytes, size);
}

size_t line_write(struct port *port, const void *bytes, size_t size)
{
    if (port->moved) {
        return ring_write(&port->out, bytes, size);
    }
    serial_write(bytes, size);
    return size;
}

/* If the wire has no room, bytes wait on it, which wake the peer as well. */
void line_tell(struct port *port)
{
    static const uint8_t bell = ALTVIEW_RING_BELL;

    if (port->moved && ring_must_wake(&port->out)) {
        serial_send(&bell, sizeof(bell));
    }
}

bool line_has_more(struct port *port)
{
    return port->moved && !port->held && !ring_sleep(&port->in);
}

void line_watch(struct port *port)
{
    if (port->moved) {
        ring_watch(&port->in);
    }
}
