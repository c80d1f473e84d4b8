/* SPDX-License-Identifier: BSD-2-Clause */
/* libxenctrl's face: its prototypes, and its contract: -1 and errno. */
#ifndef LIB_XC_H
#define LIB_XC_H

#include "../handle.h"

#include <xenctrl.h>

struct xc_interface_core {
    altview *handle; /* NULL: opened with XC_OPENFLAG_DUMMY */
};

/* The handle, if that is its domain; else NULL with errno and text set. */
altview *xc_domain(xc_interface *xch, uint32_t domid);

/* 0, or -1 with errno set. */
int xc_result(int rc);

/* One operation on that domain. */
int xc_altp2m(xc_interface *xch, uint32_t domid, uint32_t command, union altp2m_arguments *a,
              const struct about *about);

#endif
