/* SPDX-License-Identifier: BSD-2-Clause */
#include "results.h"

#define GIB (UINT64_C(1) << (30 - ALTP2M_PAGE_SHIFT))

const struct guest guests[GUESTS] = {
    {"1 GiB, 4K pages only", GIB, false},
    {"1 GiB", GIB, true},
    {"64 GiB", 64 * GIB, true},
    {"1 TiB", 1024 * GIB, true},
};
const unsigned int view_counts[VIEW_COUNTS] = {1, 10, 512};
const unsigned int override_counts[OVERRIDES] = {0, 1, 100, 10000};
const char *const layouts[LAYOUTS] = {"side by side", "spread out"};

double results_growth(const struct results *r, unsigned int operation)
{
    double least = r->cost[operation][0][0].instructions, most = least;

    for (unsigned int g = 0; g < GUESTS; g++)
        for (unsigned int v = 0; v < VIEW_COUNTS; v++) {
            double count = r->cost[operation][g][v].instructions;
            least = count < least ? count : least;
            most = count > most ? count : most;
        }
    return most / least;
}
