/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that the peer can talk over: serial port 2, and rings in memory of ours
 * (<altview/ring.h>). port->moved says which of them it is.
 */
#ifndef PORT_LINE_H
#define PORT_LINE_H

#include "core/domain.h"

/* Make the rings, in pages that no guest reaches. Where they lie, to be told to the peer. */
struct altview_ring_place line_make(struct domain *domain, uint64_t instance);

/* As serial_receive and serial_send. */
size_t line_receive(struct port *port, void *bytes, size_t size);
size_t line_send(struct port *port, const void *bytes, size_t size);
/* All of it, waiting for the wire; to a ring as much as has room. Returns how much. */
size_t line_write(struct port *port, const void *bytes, size_t size);

/* Ring the peer's bell, if it sleeps and has been written to. */
void line_tell(struct port *port);
/* Bytes have come for which no bell will ring. Asked before the guest runs on. */
bool line_has_more(struct port *port);
/* A vCPU looks all the time: no bell is needed. */
void line_watch(struct port *port);

#endif
