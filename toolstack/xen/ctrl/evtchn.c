/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenevtchn's functions by their older names. */
#define XC_WANT_COMPAT_EVTCHN_API
#include "toolstack/xen/channels.h"
#include "xc.h"

#define CHANNELS(xce) ((struct altview_xen_channels *)(xce))

xc_evtchn *xc_evtchn_open(xentoollog_logger *logger, unsigned open_flags)
{
    (void)logger;
    (void)open_flags;
    return (xc_evtchn *)altview_xen_channels_open();
}

int xc_evtchn_close(xc_evtchn *xce)
{
    return altview_xen_channels_close(CHANNELS(xce));
}

int xc_evtchn_fd(xc_evtchn *xce)
{
    return altview_xen_channels_fd(CHANNELS(xce));
}

int xc_evtchn_notify(xc_evtchn *xce, evtchn_port_t port)
{
    return altview_xen_channels_notify(CHANNELS(xce), port);
}

xc_evtchn_port_or_error_t xc_evtchn_bind_interdomain(xc_evtchn *xce, uint32_t domid,
                                                     evtchn_port_t remote_port)
{
    return altview_xen_channels_bind(CHANNELS(xce), domid, remote_port);
}

int xc_evtchn_unbind(xc_evtchn *xce, evtchn_port_t port)
{
    return altview_xen_channels_unbind(CHANNELS(xce), port);
}

xc_evtchn_port_or_error_t xc_evtchn_pending(xc_evtchn *xce)
{
    return altview_xen_channels_pending(CHANNELS(xce));
}

int xc_evtchn_unmask(xc_evtchn *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}
