/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenctrl's prototypes, and its contract: -1 and errno. */
#ifndef TOOLSTACK_XEN_XC_H
#define TOOLSTACK_XEN_XC_H

#include "toolstack/lib/handle.h"
#include "toolstack/xen/domains.h"

#include <xenctrl.h>

struct xc_interface_core {
    bool open; /* false: opened with XC_OPENFLAG_DUMMY */
};

/* The connection to that domain; else NULL with errno and text set. */
altview *xc_domain(xc_interface *xch, uint32_t domid);

/* Or was it opened with XC_OPENFLAG_DUMMY? Then errno and text are set. */
bool xc_is_open(xc_interface *xch);

/* 0, or -1 with errno set. */
int xc_result(int rc);

/* error.c: what xc_get_last_error tells, of altview_error's text; 0: nothing. */
void xc_set_error(int code);

/* One operation on that domain. */
int xc_altp2m(xc_interface *xch, uint32_t domid, uint32_t command, union altp2m_arguments *a,
              const struct about *about);

#endif
