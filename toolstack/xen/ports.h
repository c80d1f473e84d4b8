/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels within the process: from a domain's ring (ring.h) to the program, and back. A
 * port's number is the same on both sides.
 */
#ifndef TOOLSTACK_XEN_PORTS_H
#define TOOLSTACK_XEN_PORTS_H

#include <stdint.h>

enum port_side { PORT_PROGRAM, PORT_RING };

/* A new port of that domain, or a negative errno value. -EBUSY: it has one. */
int altview_xen_port_open(uint32_t domid);
void altview_xen_port_close(int port);
/* The port of that domain; -EINVAL: it has no such one. */
int altview_xen_port_find(uint32_t domid, int port);
/* The descriptor on which that side waits: readable after the other side has notified, until take.
 * -EINVAL: no such port. */
int altview_xen_port_fd(int port, enum port_side side);
int altview_xen_port_take(int port, enum port_side side);
/* Of that side to the other. */
int altview_xen_port_notify(int port, enum port_side side);

/* channels.c: a program's handle of them, behind both libxenevtchn and libxenctrl's older names. */
struct altview_xen_channels;

struct altview_xen_channels *altview_xen_channels_open(void);
int altview_xen_channels_close(struct altview_xen_channels *c);
/* Readable while a bound port is pending. */
int altview_xen_channels_fd(struct altview_xen_channels *c);
/* Numbers of ports, or -1 with errno. pending: waits for one. */
int altview_xen_channels_bind(struct altview_xen_channels *c, uint32_t domid, uint32_t port);
int altview_xen_channels_unbind(struct altview_xen_channels *c, uint32_t port);
int altview_xen_channels_pending(struct altview_xen_channels *c);
int altview_xen_channels_notify(struct altview_xen_channels *c, uint32_t port);

#endif
