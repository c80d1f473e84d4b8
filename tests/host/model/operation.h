/* SPDX-License-Identifier: BSD-2-Clause */
/* One random operation. It is chosen once, and then carried out on the engine (perhaps again and
 * again, while memory is short) and on the model. */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include "model/model.h"
#include "sim/machine.h"

struct operation_kind;

#define OPERATION_MAX_LIST 24
#define OPERATION_NO_GFN   UINT16_MAX /* in place of a sample: beyond all gfns */

struct operation {
    const struct operation_kind *kind;
    unsigned int view, vcpu, rights;
    uint16_t access, sample, target;
    bool flag;
    uint64_t gfn, nr;
    struct altp2m_mapping to;
    uint16_t touched[SIM_MAX_TOUCHED];
    unsigned int touched_count;
    uint16_t list[OPERATION_MAX_LIST]; /* samples */
    uint8_t list_access[OPERATION_MAX_LIST];
    unsigned int list_count;
    char name[ALTP2M_NAME_SIZE];
};

/* The answer of a call: its return value, and its other results. */
struct answer {
    long rc;
    uint64_t value;
};

/* A step of a vCPU: its loans in a view, and the last instruction's gfn. */
struct step_loan {
    uint16_t sample;
    unsigned int rights;
    struct altp2m_mapping to;
    struct altp2m_translation seen; /* the view's translation of the gfn then */
};
struct step {
    unsigned int view, count;
    struct step_loan loans[ALTP2M_STEP_MAX], last;
};

/* Machine and model side by side. */
struct pair {
    struct sim_machine machine;
    struct model model;
    struct step steps[SIM_VCPUS];
    struct sim_random random;
    uint16_t hot[32]; /* samples of most operations, so that operations meet */
};

struct operation_kind {
    const char *name;
    unsigned int weight;
    bool only_active; /* useful only while altp2m is on */
    void (*choose)(struct pair *p, struct operation *op);
    struct answer (*engine)(struct pair *p, const struct operation *op);
    struct answer (*model)(struct pair *p, const struct operation *op);
    /* Parts that an operation without free pages has done all the same; NULL: nothing. */
    void (*model_partly)(struct pair *p, const struct operation *op, uint64_t done);
};

struct operation operation_choose(struct pair *p);
/* Into a static buffer, valid until the next call. */
const char *operation_text(const struct operation *op);

/* Whether the answer of an operation that got no page says that it has done nothing. */
bool operation_gave_up(const struct operation *op, const struct answer *answer);

/* operation_step.c: single steps. */
extern const struct operation_kind operation_step_kinds[];
extern const size_t operation_step_count;

/* operation_monitor.c: operations of a monitor outside. */
extern const struct operation_kind operation_monitor_kinds[];
extern const size_t operation_monitor_count;

void operation_choose_mapping(struct pair *p, struct operation *op);
/* View, vCPU, two samples, an access, a flag, rights: any valid ones, and some invalid ones. */
void operation_choose_gfn(struct pair *p, struct operation *op);
unsigned int pair_random_view(struct pair *p);

#endif
