/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <time.h>

#define NS     1e9
#define FIRST  0x1000
#define TARGET 0x10

const unsigned int remap_counts[REMAP_COUNTS] = {1000, 10000, 100000, 1000000};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * NS + (double)t.tv_nsec;
}

static double each(struct machine *m, uint64_t target, unsigned int count, unsigned int step)
{
    double start = now();

    for (unsigned int i = 0; i < count; i += step)
        m->error |= altp2m_remap(&m->domain, m->view, FIRST + i, target, true);
    return (now() - start) / ((double)count / step);
}

struct remap_cost remaps_measure(struct machine *m, unsigned int count)
{
    struct remap_cost cost = {.add = each(m, TARGET, count, 1)};
    double start, since;
    int rc;

    cost.undo = each(m, ALTP2M_INVALID_GFN, count, 2);
    start = now();
    do {
        since = now();
        rc = altp2m_view_destroy(&m->domain, m->view);
        cost.call = now() - since > cost.call ? now() - since : cost.call;
    } while (rc == -ALTP2M_ERESTART);
    cost.destroy = (now() - start) / ((double)count / 2);
    m->error |= rc;
    return cost;
}
