/* SPDX-License-Identifier: BSD-2-Clause */
#include "costs.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A measurement in the guest's form: guests/cost/measure.h. */
struct line {
    char name[64], exits[24];
    double median, least, most, units;
    unsigned int runs, ve;
};

static void die(const char *path, const char *what, const char *name)
{
    fprintf(stderr, "bench-cost: %s: %s%s\n", path, what, name);
    exit(1);
}

const char *const place_names[PLACES] = {
    [PLACE_LARGE] = "2m",      [PLACE_SMALL] = "4k",  [PLACE_USER] = "user",
    [PLACE_ACROSS] = "across", [PLACE_COLD] = "cold",
};

/* NAME@PLACE */
static void store_placed(struct costs *costs, const struct line *line, const char *at)
{
    size_t length = (size_t)(at - line->name);

    for (unsigned int i = 0; i < ROWS; i++)
        for (unsigned int place = 0; place < PLACES; place++)
            if (rows[i].fixed && strlen(rows[i].name) == length &&
                !strncmp(rows[i].name, line->name, length) && !strcmp(at + 1, place_names[place]))
                costs->placed[i][place] = line->median;
}

static void store(struct costs *costs, const struct line *line)
{
    const char *at = strchr(line->name, '@');

    if (at) {
        store_placed(costs, line, at);
        return;
    }
    for (unsigned int i = 0; i < ROWS; i++) {
        double units = rows[i].whole ? 1 : line->units;
        if (strcmp(rows[i].name, line->name) != 0)
            continue;
        costs->of[i] = (struct cost){
            .known = true,
            .median = line->median / units,
            .least = line->least / units,
            .most = line->most / units,
            .runs = line->runs,
            .exits = line->exits[0] == '-' ? -1 : atol(line->exits),
            .ve = line->ve,
        };
    }
}

/* A guest may print anything: sscanf reads "nan" and "inf" as numbers, but JSON has none such. */
static bool is_sane(const struct line *line)
{
    return isfinite(line->median) && isfinite(line->least) && isfinite(line->most) &&
           isfinite(line->units) && line->units > 0;
}

/* Other lines are skipped. */
static void take(struct costs *costs, const char *text, bool *ended)
{
    struct line line;
    unsigned int failed;

    if (sscanf(text,
               "cost %63s instructions=%lf least=%lf most=%lf runs=%u units=%lf exits=%23s ve=%u",
               line.name, &line.median, &line.least, &line.most, &line.runs, &line.units,
               line.exits, &line.ve) == 8 &&
        is_sane(&line))
        store(costs, &line);
    else if (sscanf(text, "cost end operations=%*u failed=%u", &failed) == 1)
        *ended = !failed;
    else
        /* It goes into JSON, SVG and a terminal unchanged, so it may have only harmless
         * characters. */
        sscanf(text, "cost hypervisor=%63[0-9A-Za-z._+~-]", costs->hypervisor);
}

void costs_read(struct costs *costs, const char *path)
{
    FILE *file = fopen(path, "r");
    char text[256];
    bool ended = false;

    if (!file)
        die(path, "can't be opened", "");
    *costs = (struct costs){.hypervisor = ""};
    while (fgets(text, sizeof(text), file))
        take(costs, text, &ended);
    fclose(file);
    if (!ended)
        die(path, "the cost guest did not come to its end, or an operation failed", "");
    for (unsigned int i = 0; i < ROWS; i++)
        if (!costs->of[i].known && !rows[i].altview_only)
            die(path, "measured by an older cost guest? There is no ", rows[i].name);
}
