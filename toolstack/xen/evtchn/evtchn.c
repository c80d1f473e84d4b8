/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenevtchn: the channels of rings (ring.h), and no others. A port is not masked. */
#include "toolstack/xen/channels.h"

#include <xenevtchn.h>

#define CHANNELS(xce) ((struct altview_xen_channels *)(xce))

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned int flags)
{
    (void)logger;
    (void)flags;
    return (xenevtchn_handle *)altview_xen_channels_open();
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    return altview_xen_channels_close(CHANNELS(xce));
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    return altview_xen_channels_fd(CHANNELS(xce));
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    return altview_xen_channels_notify(CHANNELS(xce), port);
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
                                                     evtchn_port_t remote_port)
{
    return altview_xen_channels_bind(CHANNELS(xce), domid, remote_port);
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    return altview_xen_channels_unbind(CHANNELS(xce), port);
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    return altview_xen_channels_pending(CHANNELS(xce));
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}
