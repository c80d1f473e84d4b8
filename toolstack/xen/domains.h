/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The domains a process reaches: one connection each, which all handles of all Xen's libraries
 * share, in all threads. ALTVIEW_XEN names them, as altview_open does, one a line; without it, the
 * one that altview_open chooses. A domain has altview's number, or the next that is free.
 *
 * After fork(2) the child has connections of its own: it makes each when it first uses it.
 */
#ifndef TOOLSTACK_XEN_DOMAINS_H
#define TOOLSTACK_XEN_DOMAINS_H

#include <altview/altview.h>

#define DOMAINS_MAX 16

struct xen_domain {
    uint16_t domid;
    char name[64];    /* that of the run, or of a socket */
    uint8_t uuid[16]; /* differs from run to run */
};

/* One more handle uses the domains, or one less. The last one closes the connections. 0 or a
 * negative errno value, with altview_error set. */
int altview_xen_open(void);
void altview_xen_close(void);
/* The same for callers that can't report the error otherwise: prints it to stderr. */
int altview_xen_open_or_say(void);

/* The connection to a domain; NULL: there is none, with errno and altview_error set. */
altview *altview_xen_domain(uint32_t domid);

/* The number of domains, and the domain of that index. False: there is none. */
unsigned int altview_xen_count(void);
bool altview_xen_at(unsigned int index, struct xen_domain *domain);

#endif
