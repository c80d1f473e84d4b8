/* SPDX-License-Identifier: BSD-2-Clause */
/* A store with nothing in it: a guest that asks it must not wait for an answer for ever. */
#ifndef XEN_STORE_H
#define XEN_STORE_H

#include "core/domain.h"

/* Answer the requests in the store's ring, as far as there is room: there is no such thing. */
void store_serve(struct domain *domain);

#endif
