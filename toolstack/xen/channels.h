/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's handle of event channels, for both libxenevtchn and libxenctrl's older names. */
#ifndef TOOLSTACK_XEN_CHANNELS_H
#define TOOLSTACK_XEN_CHANNELS_H

#include <stdint.h>

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
