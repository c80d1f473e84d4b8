/* SPDX-License-Identifier: BSD-2-Clause */
/* All results of one run of the benchmark, and the functions that write them. */
#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include "measure.h"

#include <stdio.h>

#define GUESTS       4
#define VIEW_COUNTS  3
#define OVERRIDES    4
#define LAYOUTS      2
#define MAX_MEASURED 32 /* operations */

extern const struct guest guests[GUESTS];
extern const unsigned int view_counts[VIEW_COUNTS];
extern const unsigned int override_counts[OVERRIDES];
extern const char *const layouts[LAYOUTS]; /* neighbours; as far apart as the guest allows */

struct results {
    unsigned int samples;
    struct measurement cost[MAX_MEASURED][GUESTS][VIEW_COUNTS];
    uint64_t view_bytes[GUESTS][LAYOUTS][OVERRIDES];
    uint64_t base_bytes[GUESTS]; /* the host p2m */
    struct remap_cost remaps[REMAP_COUNTS];
};

/* By what factor a promise of "flat" is missed at worst: most over least instructions. */
double results_growth(const struct results *r, unsigned int operation);

void results_text(FILE *file, const struct results *r);
void results_json(FILE *file, const struct results *r);
/* Data of one chart each. */
void results_by_views(FILE *file, const struct results *r);
void results_by_guest(FILE *file, const struct results *r);
void results_bytes(FILE *file, const struct results *r);

#endif
