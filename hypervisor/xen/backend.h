/* SPDX-License-Identifier: BSD-2-Clause */
/* Domain 0's side of the two rings that a guest is born with: its console's and its store's. */
#ifndef XEN_BACKEND_H
#define XEN_BACKEND_H

#include "core/domain.h"

#include <stdbool.h>

/* The guest's output goes to serial port 1, which is the guest's own. Print some bytes of its
 * console ring, and free their room. True: there is more. */
bool console_serve(struct domain *domain);

/* An empty store: it answers, so that a guest does not wait for ever. Answer the requests in the
 * store's ring with ENOENT, as far as there is room. */
void store_serve(struct domain *domain);

#endif
