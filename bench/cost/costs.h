/* SPDX-License-Identifier: BSD-2-Clause */
/* The cost guest's output on one hypervisor, altview's promises, and the report of both. */
#ifndef COST_COSTS_H
#define COST_COSTS_H

#include <stdbool.h>
#include <stdio.h>

/* A row of the report. */
struct row {
    const char *name;  /* the guest's word for the operation */
    const char *label; /* the report's word */
    double budget;     /* the promised limit of instructions, 0: there is no promise */
    bool no_exit;      /* promised to stay in the guest */
    bool whole;        /* all of a run's units together, not each */
    bool fixed;        /* a call of fixed size: measured with each kind of buffer */
    bool altview_only; /* Xen has no such call */
    bool unlike;       /* its length depends on more than the call: AMD-V's may differ */
};

#define ROWS 32
extern const struct row rows[ROWS];

struct cost {
    bool known;
    double median, least, most; /* instructions */
    unsigned int runs;
    long exits; /* VM exits of one run, -1: unknown */
    unsigned int ve;
};

/* Where the envelope lies: guests/cost/buffer.h. */
enum place { PLACE_LARGE, PLACE_SMALL, PLACE_USER, PLACE_ACROSS, PLACE_COLD, PLACES };
extern const char *const place_names[PLACES];

struct costs {
    char hypervisor[64]; /* "4.17..." */
    struct cost of[ROWS];
    double placed[ROWS][PLACES]; /* medians; 0: not measured */
};

/* The machines on which altview is measured, in addition to VT-x in Bochs. */
enum machine { SOFTWARE, AMD_BOCHS, AMD_QEMU, MACHINES };

/* Read the guest's output. Dies, naming the file, if it is not complete. */
void costs_read(struct costs *costs, const char *path);

/* report.c: Xen and altview side by side, as a table, JSON, the data of a chart. */
struct report {
    struct costs xen, altview;
    const char *xen_source;         /* "measured now" and the like */
    struct costs machine[MACHINES]; /* altview there */
    bool machines;                  /* they were measured */
};

/* Whether altview keeps the promise of row `i`. */
enum verdict { NOT_PROMISED, MET, MISSED };
enum verdict report_verdict(const struct report *report, unsigned int i);

void report_text(FILE *file, const struct report *report);
void report_json(FILE *file, const struct report *report);
void report_chart(FILE *file, const struct report *report);

#endif
