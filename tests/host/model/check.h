/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine against the model. Every difference fails the test. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "model/operation.h"

/* One gfn in one view: by the engine, by the hardware, by a stale TLB. */
void check_gfn(struct pair *p, unsigned int view, unsigned int sample);
/* One gfn in every view. */
void check_sample(struct pair *p, unsigned int sample);
/* EPTP lists, vCPUs, counters, pages: all state that is not of one gfn. */
void check_domain(struct pair *p);
/* The overrides of a view, if it exists: all of them, in order, each once. */
void check_listing(struct pair *p, unsigned int view);
/* Everything. */
void check_all(struct pair *p);
/* The translations of a vCPU under entries lent to it: each of these, and elsewhere the view's, or
 * less if the view has been widened since. `exact`: a step has just begun, so no less. */
void check_step(struct pair *p, unsigned int vcpu, unsigned int sample, bool exact);

#endif
