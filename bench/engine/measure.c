/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include <stdlib.h>
#include <time.h>

#define NS         1e9
#define WARM_UP_NS 5e6
#define SAMPLE_NS  1e6
#define CLOCK_RUNS 1001

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * NS + (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The time that the clock itself adds to an interval. */
static double clock_cost(void)
{
    static double gaps[CLOCK_RUNS];

    for (unsigned int i = 0; i < CLOCK_RUNS; i++) {
        double start = now();
        gaps[i] = now() - start;
    }
    qsort(gaps, CLOCK_RUNS, sizeof(gaps[0]), ascending);
    return gaps[CLOCK_RUNS / 2];
}

static double run_batch(const struct operation *op, struct machine *m)
{
    double start = now();
    for (unsigned int i = 0; i < op->batch; i++)
        op->run(m, i);
    double spent = now() - start;

    for (unsigned int i = 0; op->reset && i < op->batch; i++)
        op->reset(m, i);
    return spent;
}

/* The number of batches that fill a sample, found while caches and branch predictors warm up. */
static unsigned int warm_up(const struct operation *op, struct machine *m)
{
    unsigned int batches = 0;
    double start = now(), spent = 0;

    for (; now() - start < WARM_UP_NS; batches++)
        spent += run_batch(op, m);
    return (unsigned int)(batches * SAMPLE_NS / spent) + 1;
}

static double sample(const struct operation *op, struct machine *m, unsigned int batches,
                     double clock)
{
    double spent = 0;

    for (unsigned int i = 0; i < batches; i++)
        spent += run_batch(op, m) - clock;
    return (spent > 0 ? spent : 0) / batches / op->batch / op->units;
}

struct measurement measure(const struct operation *op, struct machine *m, unsigned int samples)
{
    double ns[MEASURE_MAX_SAMPLES], clock = clock_cost();
    unsigned int batches = warm_up(op, m);

    for (unsigned int i = 0; i < samples; i++)
        ns[i] = sample(op, m, batches, clock);
    qsort(ns, samples, sizeof(ns[0]), ascending);
    return (struct measurement){
        .median = ns[samples / 2],
        .least = ns[0],
        .most = ns[samples - 1],
        .instructions = (double)steps_count(op, m) / op->units,
    };
}
