/* SPDX-License-Identifier: BSD-2-Clause */
#include "results.h"

#include "svg.h"

#define CHARTS     3
#define PLOT_GUEST 2 /* the guest shown by number of views */
#define PLOT_VIEWS 1 /* the number of views shown by guest */

struct picture {
    const char *operations[MAX_MEASURED];
    const char *guests[GUESTS];
    double by_views[MAX_MEASURED][VIEW_COUNTS];
    double by_guest[MAX_MEASURED][GUESTS];
    const char *layouts[GUESTS * LAYOUTS];
    double bytes[GUESTS * LAYOUTS][OVERRIDES];
};

static void arrange_costs(struct picture *p, const struct results *r)
{
    for (unsigned int op = 0; op < operation_count; op++) {
        p->operations[op] = operations[op].name;
        for (unsigned int v = 0; v < VIEW_COUNTS; v++)
            p->by_views[op][v] = r->cost[op][PLOT_GUEST][v].median;
        for (unsigned int g = 0; g < GUESTS; g++)
            p->by_guest[op][g] = r->cost[op][g][PLOT_VIEWS].median;
    }
}

static void arrange_bytes(struct picture *p, const struct results *r)
{
    static char names[GUESTS * LAYOUTS][64];

    for (unsigned int i = 0; i < GUESTS * LAYOUTS; i++) {
        unsigned int g = i / LAYOUTS, l = i % LAYOUTS;
        snprintf(names[i], sizeof(names[i]), "%s, %s", guests[g].name, layouts[l]);
        p->layouts[i] = names[i];
        for (unsigned int o = 0; o < OVERRIDES; o++)
            p->bytes[i][o] = (double)r->view_bytes[g][l][o];
    }
    for (unsigned int g = 0; g < GUESTS; g++)
        p->guests[g] = guests[g].name;
}

void results_svg(FILE *file, const struct results *r)
{
    static const char *const views[VIEW_COUNTS] = {"1 view", "10 views", "512 views"};
    static const char *const overrides[OVERRIDES] = {"fresh view", "1 page", "100 pages",
                                                     "10,000 pages"};
    static struct picture p;
    const struct svg_bars charts[CHARTS] = {
        {"Engine: nanoseconds a call, by live views",
         "guest of 64 GiB; median; logarithmic; without flushes and VM exits", p.operations, views,
         operation_count, VIEW_COUNTS, &p.by_views[0][0], true},
        {"Engine: nanoseconds a call, by guest", "10 live views; median; logarithmic", p.operations,
         p.guests, operation_count, GUESTS, &p.by_guest[0][0], true},
        {"Bytes of tables a view has of its own", "by overridden pages; logarithmic", p.layouts,
         overrides, GUESTS * LAYOUTS, OVERRIDES, &p.bytes[0][0], true},
    };
    unsigned int height = 0, top = 0;

    arrange_costs(&p, r);
    arrange_bytes(&p, r);
    for (unsigned int i = 0; i < CHARTS; i++)
        height += svg_bars_height(&charts[i]);
    svg_begin(file, height);
    for (unsigned int i = 0; i < CHARTS; i++) {
        svg_bars(file, &charts[i], top);
        top += svg_bars_height(&charts[i]);
    }
    svg_end(file);
}
