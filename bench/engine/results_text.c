/* SPDX-License-Identifier: BSD-2-Clause */
#include "results.h"

#define FLAT_ENOUGH 1.1

static void cell(FILE *file, const struct measurement *c)
{
    fprintf(file, "  %8.1f [%8.1f ..%9.1f] %8.0f", c->median, c->least, c->most, c->instructions);
}

static void costs(FILE *file, const struct results *r)
{
    fprintf(file,
            "Cost of a call, by live views: nanoseconds, median [least .. most] of %u samples;\n"
            "then instructions, counted one by one. Flushes and VM exits are not in it.\n\n%-24s",
            r->samples, "");
    for (unsigned int v = 0; v < VIEW_COUNTS; v++)
        fprintf(file, "  %8u view%-28s", view_counts[v], view_counts[v] > 1 ? "s" : "");
    fputc('\n', file);
    for (unsigned int op = 0; op < operation_count; op++) {
        fprintf(file, "%s\n", operations[op].name);
        for (unsigned int g = 0; g < GUESTS; g++) {
            fprintf(file, "  %-22s", guests[g].name);
            for (unsigned int v = 0; v < VIEW_COUNTS; v++)
                cell(file, &r->cost[op][g][v]);
            fputc('\n', file);
        }
    }
}

static void bytes(FILE *file, const struct results *r)
{
    fprintf(file, "\nBytes of tables a view has of its own, by overridden pages\n\n%-38s", "");
    for (unsigned int o = 0; o < OVERRIDES; o++)
        fprintf(file, "%12u", override_counts[o]);
    fprintf(file, "  | host p2m\n");
    for (unsigned int g = 0; g < GUESTS; g++)
        for (unsigned int l = 0; l < LAYOUTS; l++) {
            fprintf(file, "  %-22s%-14s", guests[g].name, layouts[l]);
            for (unsigned int o = 0; o < OVERRIDES; o++)
                fprintf(file, "%12llu", (unsigned long long)r->view_bytes[g][l][o]);
            fprintf(file, "  | %8llu\n", (unsigned long long)r->base_bytes[g]);
        }
}

/* One measure of a promised operation: in the least case, and by what factor others exceed it. */
static void growth_line(FILE *file, const char *what, double least, double guest, double views)
{
    fprintf(file, "  %-28s%12.1f%16.2f%22.2f\n", what, least, guest / least, views / least);
}

static void growth(FILE *file, const struct results *r)
{
    fprintf(file,
            "\nPromised to grow neither with the guest's size nor with the number of views\n\n"
            "  %-28s%12s%16s%22s\n",
            "", "1 GiB, 1 view", "1 TiB : 1 GiB", "512 views : 1 view");
    for (unsigned int op = 0; op < operation_count; op++) {
        if (!operations[op].flat)
            continue;
        const struct measurement *least = &r->cost[op][1][0];
        const struct measurement *guest = &r->cost[op][GUESTS - 1][0];
        const struct measurement *views = &r->cost[op][1][VIEW_COUNTS - 1];
        double factor = results_growth(r, op);
        fprintf(file, "%s: %s, x %.2f at worst\n", operations[op].name,
                factor > FLAT_ENOUGH ? "GROWS" : "flat", factor);
        growth_line(file, "instructions", least->instructions, guest->instructions,
                    views->instructions);
        growth_line(file, "nanoseconds", least->median, guest->median, views->median);
    }
}

static void remaps(FILE *file, const struct results *r)
{
    fprintf(file,
            "\nRemaps of one view, all to one page: nanoseconds each, measured once\n\n"
            "  %12s%12s%12s%12s%28s\n",
            "remaps", "add", "undo", "destroy", "longest call of destroy");
    for (unsigned int i = 0; i < REMAP_COUNTS; i++)
        fprintf(file, "  %12u%12.1f%12.1f%12.1f%28.0f\n", remap_counts[i], r->remaps[i].add,
                r->remaps[i].undo, r->remaps[i].destroy, r->remaps[i].call);
}

void results_text(FILE *file, const struct results *r)
{
    costs(file, r);
    bytes(file, r);
    growth(file, r);
    remaps(file, r);
}
