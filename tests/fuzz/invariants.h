/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold of a domain whatever was done to it, without knowing what was. */
#ifndef FUZZ_INVARIANTS_H
#define FUZZ_INVARIANTS_H

#include "sim/machine.h"

/* What is lent for single steps, with all rights. */
#define INVARIANTS_LENT_MFN 0x1234

/* One sample in all views, and as vCPUs see it that step. */
void invariants_sample(struct sim_machine *m, unsigned int sample);
/* Lists, vCPUs, pages. */
void invariants_domain(struct sim_machine *m);
/* What each view lists as its own is what it has. Takes long where there is much. */
void invariants_listings(struct sim_machine *m);

#endif
