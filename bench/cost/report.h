/* SPDX-License-Identifier: BSD-2-Clause */
/* Xen and altview side by side: a table, JSON, the data of a chart. */
#ifndef COST_REPORT_H
#define COST_REPORT_H

#include "costs.h"

struct report {
    struct costs xen, altview;
    const char *xen_source;         /* "measured now" and the like */
    struct costs machine[MACHINES]; /* altview there */
    bool machines;                  /* they were measured */
};

/* Whether altview keeps the promise of row `i`. */
enum verdict { NOT_PROMISED, MET, MISSED };
enum verdict report_verdict(const struct report *report, unsigned int i);

/* Xen's instructions divided by altview's. */
double report_ratio(const struct report *report, unsigned int i);

void report_text(FILE *file, const struct report *report);
void report_json(FILE *file, const struct report *report);
void report_chart(FILE *file, const struct report *report);

#endif
