/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done over the control port while two CPUs of the guest attack. */
#ifndef HOSTILE_TAKE_PART_H
#define HOSTILE_TAKE_PART_H

#include "tests/monitor/guest.h"

/* Before the attack is ordered. False: there is nothing to do, as for all but a few. */
bool take_part_in(struct guest *g, const char *attack);
/* Once more; false: in nothing. */
bool take_part(struct guest *g);
/* The attack's argument 1: it may end now, as far as we are concerned. */
void take_part_is_enough(struct guest *g);
/* Afterwards: was everything as it should be? */
void take_part_ends(struct guest *g);

#endif
