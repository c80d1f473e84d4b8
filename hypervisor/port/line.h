/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer's lines: serial port 2, and rings in altview's memory (<altview/ring.h>). port->moved
 * says which of them the peer uses.
 */
#ifndef PORT_LINE_H
#define PORT_LINE_H

#include "core/domain.h"

/* Make the rings, in pages that no guest reaches. Returns their place for the peer. */
struct altview_ring_place line_make(struct domain *domain, uint64_t instance);

/* As serial_receive and serial_send. */
size_t line_receive(struct port *port, void *bytes, size_t size);
size_t line_send(struct port *port, const void *bytes, size_t size);
/* Send all bytes, and wait for the wire; to a ring only as many as it has room for. Returns the
 * number. */
size_t line_write(struct port *port, const void *bytes, size_t size);

/* Ring the peer's bell, if it sleeps and altview has written to its ring. */
void line_tell(struct port *port);
/* Whether bytes have come for which no bell will ring. Call it before the guest runs on. */
bool line_has_more(struct port *port);
/* A vCPU polls all the time: no bell is needed. */
void line_watch(struct port *port);

#endif
