/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done over the control port while two CPUs of the guest attack. */
#ifndef HOSTILE_TAKE_PART_H
#define HOSTILE_TAKE_PART_H

#include "tests/monitor/guest.h"

/* Before the attack is ordered; for all but a few there is nothing to do. */
void take_part_in(struct guest *g, const char *attack);
/* Once more; false: in nothing. */
bool take_part(struct guest *g);
/* Afterwards: was everything as it should be? */
void take_part_ends(struct guest *g);

#endif
