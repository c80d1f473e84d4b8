/* SPDX-License-Identifier: BSD-2-Clause */
#include "measure.h"

#include "altp2m.h"
#include "console.h"
#include "cpu.h"
#include "stage.h"
#include "string.h"

#define WARM_UP 2
#define RUNS    11U

struct result {
    long rc;
    uint64_t least, median, most;
    uint64_t exits;
    bool exits_known;
    unsigned int ve;
};

static uint64_t overhead;

/* Never inlined: the overhead must be the same wherever it is called from. */
__attribute__((noinline)) static uint64_t timed(const struct operation *operation, long *rc)
{
    uint64_t start = cpu_read_tsc();

    *rc = operation->run();
    return (operation->stopped ? *operation->stopped : cpu_read_tsc()) - start;
}

static long do_nothing(void)
{
    return 0;
}

/* The least of many: the first run may have had to fill caches. */
void measure_init(void)
{
    static const struct operation nothing = {.run = do_nothing};
    long rc;

    overhead = timed(&nothing, &rc);
    for (unsigned int n = 0; n < RUNS; n++) {
        uint64_t cost = timed(&nothing, &rc);
        overhead = cost < overhead ? cost : overhead;
    }
}

/* From the smallest. */
static void insert(uint64_t *sorted, unsigned int used, uint64_t value)
{
    for (; used && sorted[used - 1] > value; used--)
        sorted[used] = sorted[used - 1];
    sorted[used] = value;
}

static void prepare(const struct operation *operation, unsigned int n)
{
    if (operation->before)
        operation->before(n);
    stage_ve_reset();
    buffer_prepare(n);
}

static void clean_up(const struct operation *operation)
{
    if (operation->after)
        operation->after();
}

/* One run between two readings of the hypervisor's counter; the second reading is an exit too. */
static void count_exits(const struct operation *operation, struct result *r)
{
    uint64_t first, last;

    prepare(operation, WARM_UP + RUNS);
    r->exits_known = !altview_exit_count(ALTVIEW_EXIT_ALL, &first);
    r->rc = operation->run();
    altview_exit_count(ALTVIEW_EXIT_ALL, &last);
    r->ve = stage_ve_count();
    r->exits = last - first - 1;
    clean_up(operation);
}

static struct result take(const struct operation *operation)
{
    uint64_t sorted[RUNS];
    struct result r = {.rc = 0};

    if (operation->begin)
        operation->begin();
    for (unsigned int n = 0; n < WARM_UP + RUNS && !r.rc; n++) {
        prepare(operation, n);
        uint64_t cost = timed(operation, &r.rc);
        clean_up(operation);
        if (n >= WARM_UP)
            insert(sorted, n - WARM_UP, cost - overhead);
    }
    if (r.rc)
        return r;
    r.least = sorted[0];
    r.median = sorted[RUNS / 2];
    r.most = sorted[RUNS - 1];
    count_exits(operation, &r);
    return r;
}

/* `place`: "", or '@' and buffer.h's name for it. */
static bool measure_as(const struct operation *operation, const char *place)
{
    struct result r = take(operation);
    char taken[24] = "-";

    if (r.rc) {
        printf("cost %s%s failed=%s\n", operation->name, place, xen_result(r.rc));
        return false;
    }
    if (r.exits_known)
        snprintf(taken, sizeof(taken), "%llu", (unsigned long long)r.exits);
    printf("cost %s%s instructions=%llu least=%llu most=%llu runs=%u units=%u exits=%s ve=%u\n",
           operation->name, place, (unsigned long long)r.median, (unsigned long long)r.least,
           (unsigned long long)r.most, RUNS, operation->units ? operation->units : 1, taken, r.ve);
    return true;
}

bool measure(const struct operation *operation)
{
    return measure_as(operation, "");
}

bool measure_at(const struct operation *operation, enum buffer_place place)
{
    char name[16];

    snprintf(name, sizeof(name), "@%s", buffer_names[place]);
    return measure_as(operation, name);
}
