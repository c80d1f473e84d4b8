/* SPDX-License-Identifier: BSD-2-Clause */
/* Data of charts, as scripts/chart takes them. */
#include "results.h"

#define PLOT_GUEST 2 /* the guest shown by number of views */
#define PLOT_VIEWS 1 /* the number of views shown by guest */

static void value(FILE *file, double number)
{
    fprintf(file, number > 0 ? "\t%.1f" : "\t?", number);
}

void results_by_views(FILE *file, const struct results *r)
{
    fprintf(file, "Engine: nanoseconds a call, by live views (guest of 64 GiB, median)");
    for (unsigned int v = 0; v < VIEW_COUNTS; v++)
        fprintf(file, "\t%u view%s", view_counts[v], view_counts[v] == 1 ? "" : "s");
    for (unsigned int op = 0; op < operation_count; op++) {
        fprintf(file, "\n%s", operations[op].name);
        for (unsigned int v = 0; v < VIEW_COUNTS; v++)
            value(file, r->cost[op][PLOT_GUEST][v].median);
    }
    fputc('\n', file);
}

void results_by_guest(FILE *file, const struct results *r)
{
    fprintf(file, "Engine: nanoseconds a call, by guest (%u live views, median)",
            view_counts[PLOT_VIEWS]);
    for (unsigned int g = 0; g < GUESTS; g++)
        fprintf(file, "\t%s", guests[g].name);
    for (unsigned int op = 0; op < operation_count; op++) {
        fprintf(file, "\n%s", operations[op].name);
        for (unsigned int g = 0; g < GUESTS; g++)
            value(file, r->cost[op][g][PLOT_VIEWS].median);
    }
    fputc('\n', file);
}

void results_bytes(FILE *file, const struct results *r)
{
    fprintf(file, "Bytes of tables a view has of its own, by overridden pages");
    for (unsigned int o = 0; o < OVERRIDES; o++)
        fprintf(file, "\t%u", override_counts[o]);
    for (unsigned int g = 0; g < GUESTS; g++)
        for (unsigned int l = 0; l < LAYOUTS; l++) {
            fprintf(file, "\n%s, %s", guests[g].name, layouts[l]);
            for (unsigned int o = 0; o < OVERRIDES; o++)
                value(file, (double)r->view_bytes[g][l][o]);
        }
    fputc('\n', file);
}
