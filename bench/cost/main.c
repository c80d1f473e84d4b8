/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what the cost guest printed on Xen and on altview and lays the two side by side. */
#include "report.h"

#include <stdlib.h>

static const char usage[] =
    "usage: bench-cost XEN-OUTPUT XEN-SOURCE ALTVIEW-OUTPUT JSON-FILE CHART-FILE\n"
    "  XEN-SOURCE  where Xen's numbers come from, for the reader: \"measured now\"\n";

static void write_file(const char *path, void (*write)(FILE *, const struct report *),
                       const struct report *report)
{
    FILE *file = fopen(path, "w");

    if (!file) {
        perror(path);
        exit(1);
    }
    write(file, report);
    if (fclose(file)) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static struct report report;

    if (argc != 6) {
        fputs(usage, stderr);
        return 1;
    }
    costs_read(&report.xen, argv[1]);
    report.xen_source = argv[2];
    costs_read(&report.altview, argv[3]);
    report_text(stdout, &report);
    write_file(argv[4], report_json, &report);
    write_file(argv[5], report_chart, &report);
    return 0;
}
