/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "toolstack/sim/domain.h"

struct transport;

/* The domain behind a transport, or NULL if that is of another kind. */
struct sim *sim_of_transport(struct transport *t);

#endif
