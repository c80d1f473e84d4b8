/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the cost guest's output on Xen and on altview, and reports both side by side. */
#include "costs.h"

#include <stdlib.h>

static const char usage[] =
    "usage: bench-cost XEN-OUTPUT XEN-SOURCE ALTVIEW-OUTPUT JSON-FILE CHART-FILE\n"
    "                  [SOFTWARE-OUTPUT AMD-OUTPUT QEMU-OUTPUT]\n"
    "  XEN-SOURCE  where Xen's numbers come from, for the reader: \"measured now\"\n"
    "  the last three are altview's where it serves VMFUNC, and with AMD-V in Bochs and in QEMU\n";

#define ARGUMENTS 6

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

    if (argc != ARGUMENTS && argc != ARGUMENTS + MACHINES) {
        fputs(usage, stderr);
        return 1;
    }
    costs_read(&report.xen, argv[1]);
    report.xen_source = argv[2];
    costs_read(&report.altview, argv[3]);
    report.machines = argc > ARGUMENTS;
    for (int i = 0; ARGUMENTS + i < argc; i++)
        costs_read(&report.machine[i], argv[ARGUMENTS + i]);
    report_text(stdout, &report);
    write_file(argv[4], report_json, &report);
    write_file(argv[5], report_chart, &report);
    return 0;
}
