/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenevtchn's functions by their older names. */
#define XC_WANT_COMPAT_EVTCHN_API
#include "xc.h"

#define NAME(what)    xc_evtchn_##what
#define HANDLE        xc_evtchn
#define PORT_OR_ERROR xc_evtchn_port_or_error_t

#include "toolstack/xen/evtchn.inc"
