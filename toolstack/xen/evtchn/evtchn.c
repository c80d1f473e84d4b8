/* SPDX-License-Identifier: BSD-2-Clause */
#include <xenevtchn.h>

#define NAME(what)    xenevtchn_##what
#define HANDLE        xenevtchn_handle
#define PORT_OR_ERROR xenevtchn_port_or_error_t

#include "toolstack/xen/evtchn.inc"
