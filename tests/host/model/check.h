/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine against the model. Every difference fails the test. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "model/operation.h"

/* One gfn in one view: what the engine says, what hardware sees, what a stale TLB might see. */
void check_gfn(struct pair *p, unsigned int view, unsigned int sample);
/* One gfn in every view. */
void check_sample(struct pair *p, unsigned int sample);
/* EPTP lists, vCPUs, counters, pages: what is not about one gfn. */
void check_domain(struct pair *p);
/* The overrides of a view, if there is such a view: all of them, in order, each once. */
void check_listing(struct pair *p, unsigned int view);
/* Everything. */
void check_all(struct pair *p);
/*
 * What a vCPU that runs under entries lent to it sees: each of them, and elsewhere what the view
 * shows, or less if that has been widened since. `exact`: a step has just begun, no less.
 */
void check_step(struct pair *p, unsigned int vcpu, unsigned int sample, bool exact);

#endif
