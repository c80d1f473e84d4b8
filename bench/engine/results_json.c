/* SPDX-License-Identifier: BSD-2-Clause */
#include "results.h"

/* Before every element but the first. */
static void comma(FILE *file, bool *first)
{
    fputs(*first ? "\n" : ",\n", file);
    *first = false;
}

static void costs(FILE *file, const struct results *r)
{
    bool first = true;

    for (unsigned int op = 0; op < operation_count; op++)
        for (unsigned int g = 0; g < GUESTS; g++)
            for (unsigned int v = 0; v < VIEW_COUNTS; v++) {
                const struct measurement *c = &r->cost[op][g][v];
                comma(file, &first);
                fprintf(file,
                        "    {\"operation\": \"%s\", \"guest\": \"%s\", \"views\": %u, "
                        "\"ns\": {\"median\": %.2f, \"least\": %.2f, \"most\": %.2f}, "
                        "\"instructions\": %.1f}",
                        operations[op].name, guests[g].name, view_counts[v], c->median, c->least,
                        c->most, c->instructions);
            }
}

static void bytes(FILE *file, const struct results *r)
{
    bool first = true;

    for (unsigned int g = 0; g < GUESTS; g++)
        for (unsigned int l = 0; l < LAYOUTS; l++)
            for (unsigned int o = 0; o < OVERRIDES; o++) {
                comma(file, &first);
                fprintf(file,
                        "    {\"guest\": \"%s\", \"layout\": \"%s\", \"overrides\": %u, "
                        "\"view_bytes\": %llu, \"host_p2m_bytes\": %llu}",
                        guests[g].name, layouts[l], override_counts[o],
                        (unsigned long long)r->view_bytes[g][l][o],
                        (unsigned long long)r->base_bytes[g]);
            }
}

static void growth(FILE *file, const struct results *r)
{
    bool first = true;

    for (unsigned int op = 0; op < operation_count; op++) {
        if (!operations[op].flat)
            continue;
        comma(file, &first);
        fprintf(file, "    {\"operation\": \"%s\", \"instructions_most_to_least\": %.3f}",
                operations[op].name, results_growth(r, op));
    }
}

static void remaps(FILE *file, const struct results *r)
{
    bool first = true;

    for (unsigned int i = 0; i < REMAP_COUNTS; i++) {
        comma(file, &first);
        fprintf(file,
                "    {\"remaps\": %u, \"ns\": {\"add\": %.2f, \"undo\": %.2f, "
                "\"destroy\": %.2f, \"destroy_call_most\": %.0f}}",
                remap_counts[i], r->remaps[i].add, r->remaps[i].undo, r->remaps[i].destroy,
                r->remaps[i].call);
    }
}

static void section(FILE *file, const char *name, const struct results *r,
                    void (*write)(FILE *, const struct results *))
{
    fprintf(file, ",\n  \"%s\": [", name);
    write(file, r);
    fputs("\n  ]", file);
}

void results_json(FILE *file, const struct results *r)
{
    fprintf(file, "{\n  \"samples\": %u,\n  \"compiler\": \"%s\"", r->samples, __VERSION__);
    section(file, "costs", r, costs);
    section(file, "bytes", r, bytes);
    section(file, "growth", r, growth);
    section(file, "remaps", r, remaps);
    fputs("\n}\n", file);
}
