/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine on this machine: the cost of its operations, and the memory of its views. */
#define _GNU_SOURCE
#include "machine.h"
#include "results.h"

#include <getopt.h>
#include <sched.h>
#include <string.h>
#include <xen/memory.h>

struct options {
    unsigned int samples;
    const char *json, *charts;
};

static const char usage[] =
    "usage: bench-engine [--samples N] [--cpu N] [--json FILE] [--charts PREFIX]\n"
    "  --samples N  samples of about 1 ms for each number, 1 to 101 (default 21)\n"
    "  --cpu N      stay on this CPU\n"
    "  --json FILE  write all numbers there as JSON\n"
    "  --charts PREFIX  write data for charts to PREFIX-by-views.tsv and so on\n";

static unsigned int number(const char *text, unsigned int limit)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (end == text || *end || value > limit)
        die("'%s' is not a number from 0 to %u", text, limit);
    return (unsigned int)value;
}

static void stay_on(unsigned int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set))
        die("can't run on CPU %u", cpu);
}

static struct options options_parse(int argc, char **argv)
{
    static const struct option known[] = {
        {"samples", required_argument, NULL, 's'}, {"cpu", required_argument, NULL, 'c'},
        {"json", required_argument, NULL, 'j'},    {"charts", required_argument, NULL, 'g'},
        {"help", no_argument, NULL, 'h'},          {0},
    };
    struct options options = {.samples = 21};

    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 's':
            options.samples = number(optarg, MEASURE_MAX_SAMPLES);
            break;
        case 'c':
            stay_on(number(optarg, CPU_SETSIZE - 1));
            break;
        case 'j':
            options.json = optarg;
            break;
        case 'g':
            options.charts = optarg;
            break;
        default:
            fputs(usage, c == 'h' ? stdout : stderr);
            exit(c == 'h' ? 0 : 64);
        }
    }
    if (optind < argc || !options.samples) {
        fputs(usage, stderr);
        exit(64);
    }
    return options;
}

static void measure_cost(struct results *r, struct machine *m, unsigned int op, unsigned int g,
                         unsigned int v)
{
    machine_start(m, &guests[g], view_counts[v]);
    if (operations[op].prepare)
        operations[op].prepare(m);
    r->cost[op][g][v] = measure(&operations[op], m, r->samples);
    machine_stop(m);
}

static void measure_costs(struct results *r, struct machine *m)
{
    for (unsigned int op = 0; op < operation_count; op++) {
        fprintf(stderr, "bench-engine: %u of %u: %s\n", op + 1, operation_count,
                operations[op].name);
        for (unsigned int g = 0; g < GUESTS; g++)
            for (unsigned int v = 0; v < VIEW_COUNTS; v++)
                measure_cost(r, m, op, g, v);
    }
}

static uint64_t view_bytes(struct machine *m, unsigned int overrides, uint64_t stride)
{
    for (uint64_t i = 0; i < overrides; i++)
        m->error |= altp2m_set_access(&m->domain, m->view, i * stride, XENMEM_access_r);
    return (uint64_t)m->domain.views[m->view].table_pages * ALTP2M_PAGE_SIZE;
}

static void measure_bytes(struct results *r, struct machine *m)
{
    for (unsigned int g = 0; g < GUESTS; g++)
        for (unsigned int l = 0; l < LAYOUTS; l++)
            for (unsigned int o = 0; o < OVERRIDES; o++) {
                uint64_t apart = guests[g].pages / (override_counts[o] ? override_counts[o] : 1);
                machine_start(m, &guests[g], 2);
                r->view_bytes[g][l][o] = view_bytes(m, override_counts[o], l ? apart : 1);
                r->base_bytes[g] = (uint64_t)m->domain.base_pages * ALTP2M_PAGE_SIZE;
                machine_stop(m);
            }
}

static void measure_remaps(struct results *r, struct machine *m)
{
    for (unsigned int i = 0; i < REMAP_COUNTS; i++) {
        machine_start(m, &guests[2], 2);
        r->remaps[i] = remaps_measure(m, remap_counts[i]);
        machine_stop(m);
    }
}

static void write_file(const char *name, const struct results *r,
                       void (*write)(FILE *, const struct results *))
{
    if (!name)
        return;
    FILE *file = fopen(name, "w");
    if (!file)
        die("can't write %s", name);
    write(file, r);
    if (fclose(file))
        die("can't write %s", name);
}

static void write_charts(const char *prefix, const struct results *r)
{
    static const struct {
        const char *name;
        void (*write)(FILE *, const struct results *);
    } charts[] = {
        {"by-views", results_by_views},
        {"by-guest", results_by_guest},
        {"bytes", results_bytes},
    };
    char name[4096];

    for (unsigned int i = 0; prefix && i < sizeof(charts) / sizeof(charts[0]); i++) {
        snprintf(name, sizeof(name), "%s-%s.tsv", prefix, charts[i].name);
        write_file(name, r, charts[i].write);
    }
}

int main(int argc, char **argv)
{
    static struct results results;
    static struct machine machine;
    struct options options = options_parse(argc, argv);

    results.samples = options.samples;
    pages_init(&machine.pages);
    measure_remaps(&results, &machine);
    measure_costs(&results, &machine);
    measure_bytes(&results, &machine);
    results_text(stdout, &results);
    write_file(options.json, &results, results_json);
    write_charts(options.charts, &results);
    return 0;
}
