/* SPDX-License-Identifier: BSD-2-Clause */
/* The program's actions over the control port while two CPUs of the guest attack. */
#ifndef HOSTILE_TAKE_PART_H
#define HOSTILE_TAKE_PART_H

#include "tests/monitor/guest.h"

/* Before the order to attack. False: there is nothing to do, as for most attacks. */
bool take_part_in(struct guest *g, const char *attack);
/* Another round of it. False: there is nothing to do. */
bool take_part(struct guest *g);
/* The attack's argument 1: the program no longer needs the attack to go on. */
void take_part_is_enough(struct guest *g);
/* After the attack: whether everything was as it should be. */
void take_part_ends(struct guest *g);

#endif
