/* SPDX-License-Identifier: BSD-2-Clause */
#include "costs.h"

#define LONGER_AT_MOST 1.2  /* AMD-V, compared with VT-x */
#define APART_AT_MOST  0.05 /* two emulators that count the same path */

enum verdict report_verdict(const struct report *report, unsigned int i)
{
    const struct cost *cost = &report->altview.of[i];

    if (!rows[i].budget)
        return NOT_PROMISED;
    return cost->median <= rows[i].budget && !(rows[i].no_exit && cost->exits) ? MET : MISSED;
}

/* Xen's instructions divided by altview's. */
static double report_ratio(const struct report *report, unsigned int i)
{
    return report->altview.of[i].median ? report->xen.of[i].median / report->altview.of[i].median
                                        : 0;
}

static const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = {[NOT_PROMISED] = "-", [MET] = "met", [MISSED] = "MISSED"};

    return names[verdict];
}

/* Quantities of a page each come with a decimal, the others are whole. */
static void number(FILE *file, int width, double value)
{
    bool whole = value == (double)(long)value;

    fprintf(file, whole ? "%*.0f" : "%*.1f", width, value);
}

static void text_row(FILE *file, const struct report *report, unsigned int i)
{
    fprintf(file, "%-34s", rows[i].label);
    if (rows[i].altview_only)
        fprintf(file, "%11s", "-");
    else
        number(file, 11, report->xen.of[i].median);
    number(file, 9, report->altview.of[i].median);
    if (rows[i].altview_only)
        fprintf(file, "%9s", "-");
    else
        fprintf(file, "%9.1f", report_ratio(report, i));
    fprintf(file, "%7ld", report->altview.of[i].exits);
    if (rows[i].budget)
        fprintf(file, "%8.0f", rows[i].budget);
    else
        fprintf(file, "%8s", "-");
    fprintf(file, "  %s\n", verdict_name(report_verdict(report, i)));
}

static unsigned int count(const struct report *report, enum verdict verdict)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < ROWS; i++)
        n += report_verdict(report, i) == verdict;
    return n;
}

/* altview's numbers, by the envelope's mapping in the guest's page tables. */
static void text_places(FILE *file, const struct report *report)
{
    fprintf(file, "\n%-34s", "altview, by the envelope's pages");
    for (unsigned int place = 0; place < PLACES; place++)
        fprintf(file, "%9s", place_names[place]);
    fprintf(file, "%12s\n", "cold / 2m");
    for (unsigned int i = 0; i < ROWS; i++) {
        const double *placed = report->altview.placed[i];

        if (!rows[i].fixed || !placed[PLACE_LARGE])
            continue;
        fprintf(file, "%-34s", rows[i].label);
        for (unsigned int place = 0; place < PLACES; place++)
            fprintf(file, "%9.0f", placed[place]);
        fprintf(file, "%12.2f\n", placed[PLACE_COLD] / placed[PLACE_LARGE]);
    }
}

/* Compare AMD-V with VT-x with VMFUNC in software: the effects of a guest's VMFUNC add to the next
 * operation. */
static double beside(const struct report *report, enum machine a, enum machine b, unsigned int i)
{
    double to = report->machine[b].of[i].median;

    return to ? report->machine[a].of[i].median / to : 0;
}

static bool is_alike(const struct report *report, unsigned int i)
{
    return beside(report, AMD_BOCHS, SOFTWARE, i) <= LONGER_AT_MOST;
}

static bool agree(const struct report *report, unsigned int i)
{
    double ratio = beside(report, AMD_QEMU, AMD_BOCHS, i);

    return ratio >= 1 - APART_AT_MOST && ratio <= 1 + APART_AT_MOST;
}

static void machines_row(FILE *file, const struct report *report, unsigned int i)
{
    fprintf(file, "%-34s", rows[i].label);
    number(file, 8, report->altview.of[i].median);
    for (unsigned int machine = 0; machine < MACHINES; machine++)
        number(file, 9, report->machine[machine].of[i].median);
    fprintf(file, "%10.2f%9.3f  %s\n", beside(report, AMD_BOCHS, SOFTWARE, i),
            beside(report, AMD_QEMU, AMD_BOCHS, i),
            rows[i].unlike ? "-" : verdict_name(is_alike(report, i) ? MET : MISSED));
}

static void text_machines(FILE *file, const struct report *report)
{
    unsigned int alike = 0, of = 0, agreed = 0;

    fprintf(file, "\n%-34s%8s%9s%9s%9s%10s%9s\n", "altview, by machine", "VT-x", "software",
            "AMD-V", "QEMU", "AMD/soft.", "QEMU/AMD");
    for (unsigned int i = 0; i < ROWS; i++) {
        machines_row(file, report, i);
        of += !rows[i].unlike;
        alike += !rows[i].unlike && is_alike(report, i);
        agreed += agree(report, i);
    }
    fprintf(file,
            "\nAMD-V no longer than VT-x and a fifth: %u of %u promised\n"
            "Bochs and QEMU within 5 %%: %u of %u\n",
            alike, of, agreed, (unsigned int)ROWS);
}

void report_text(FILE *file, const struct report *report)
{
    fprintf(file,
            "Instructions per operation, median of %u runs. Xen %s: %s.\n"
            "Path lengths, not cycles: docs/reference/bench.md says what a VM exit costs on top.\n"
            "A budget is the authors' goal: %u are met, and %u are not yet (MISSED). None fails.\n"
            "\n%-34s%11s%9s%9s%7s%8s\n",
            report->altview.of[0].runs, report->xen.hypervisor, report->xen_source,
            count(report, MET), count(report, MISSED), "operation", "Xen", "altview", "ratio",
            "exits", "budget");
    for (unsigned int i = 0; i < ROWS; i++)
        text_row(file, report, i);
    text_places(file, report);
    if (report->machines)
        text_machines(file, report);
}

static void json_cost(FILE *file, const char *name, const struct cost *cost)
{
    fprintf(file, "\"%s\": {\"median\": %.1f, \"least\": %.1f, \"most\": %.1f, \"exits\": ", name,
            cost->median, cost->least, cost->most);
    if (cost->exits < 0)
        fputs("null", file);
    else
        fprintf(file, "%ld", cost->exits);
    fprintf(file, ", \"ve\": %u}", cost->ve);
}

static void json_places(FILE *file, const double placed[PLACES])
{
    if (!placed[PLACE_LARGE])
        return;
    fputs(", \"by_pages\": {", file);
    for (unsigned int place = 0; place < PLACES; place++)
        fprintf(file, "%s\"%s\": %.1f", place ? ", " : "", place_names[place], placed[place]);
    fputc('}', file);
}

static void json_machines(FILE *file, const struct report *report, unsigned int i)
{
    static const char *const names[MACHINES] = {
        [SOFTWARE] = "software_vmfunc", [AMD_BOCHS] = "amd", [AMD_QEMU] = "amd_qemu"};

    for (unsigned int machine = 0; report->machines && machine < MACHINES; machine++) {
        fputs(", ", file);
        json_cost(file, names[machine], &report->machine[machine].of[i]);
    }
}

void report_json(FILE *file, const struct report *report)
{
    fprintf(file,
            "{\n  \"unit\": \"instructions\",\n  \"xen\": \"%s\",\n  \"xen_source\": \"%s\",\n",
            report->xen.hypervisor, report->xen_source);
    fprintf(file, "  \"altview\": \"%s\",\n  \"operations\": [", report->altview.hypervisor);
    for (unsigned int i = 0; i < ROWS; i++) {
        fprintf(file, "%s\n    {\"operation\": \"%s\", \"label\": \"%s\", ", i ? "," : "",
                rows[i].name, rows[i].label);
        json_cost(file, "xen", &report->xen.of[i]);
        fputs(", ", file);
        json_cost(file, "altview", &report->altview.of[i]);
        json_places(file, report->altview.placed[i]);
        json_machines(file, report, i);
        fprintf(file, ", \"ratio\": %.2f, ", report_ratio(report, i));
        if (rows[i].budget)
            fprintf(file, "\"budget\": %.0f, \"met\": %s}", rows[i].budget,
                    report_verdict(report, i) == MET ? "true" : "false");
        else
            fputs("\"budget\": null, \"met\": null}", file);
    }
    fputs("\n  ]\n}\n", file);
}

/* In the form for scripts/chart. */
void report_chart(FILE *file, const struct report *report)
{
    fputs("Instructions per operation: the same guest on both; path lengths, not cycles\tXen\t"
          "altview\n",
          file);
    for (unsigned int i = 0; i < ROWS; i++) {
        fprintf(file, "%s\t", rows[i].label);
        if (rows[i].altview_only)
            fputc('?', file);
        else
            fprintf(file, "%.1f", report->xen.of[i].median);
        fprintf(file, "\t%.1f\n", report->altview.of[i].median);
    }
}
