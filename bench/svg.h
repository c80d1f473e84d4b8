/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Charts as SVG, without a library: groups of horizontal bars, one bar a series. Horizontal, so
 * that long labels need no slanting and more groups only make the picture longer.
 *
 * A picture is svg_begin, any number of svg_bars one below the other, svg_end.
 */
#ifndef BENCH_SVG_H
#define BENCH_SVG_H

#include <stdbool.h>
#include <stdio.h>

#define SVG_MAX_SERIES 6

struct svg_bars {
    const char *title;
    const char *note; /* a line below the title */
    const char *const *groups;
    const char *const *series; /* at most SVG_MAX_SERIES */
    unsigned int group_count, series_count;
    const double *values; /* [group][series]; nothing is drawn for what is not above 0 */
    bool logarithmic;
};

/* Pixels a chart takes from top to bottom. */
unsigned int svg_bars_height(const struct svg_bars *chart);

void svg_begin(FILE *file, unsigned int height);
void svg_bars(FILE *file, const struct svg_bars *chart, unsigned int top);
void svg_end(FILE *file);

#endif
