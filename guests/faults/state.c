/* SPDX-License-Identifier: BSD-2-Clause */
#include "altp2m.h"
#include "console.h"
#include "faults.h"
#include "string.h"
#include "world.h"

#define ASKED 2 /* views whose settings the guest reads: 0 and ACTED_ON */

struct state {
    struct altview_view_info views[VIEWS];
    long access[ASKED][PLACES], suppress[ASKED][PLACES];
    int shows[ASKED][PLACES];
    long index;
};

static struct state remembered, now;

static void ask(struct state *s)
{
    memset(s, 0, sizeof(*s));
    for (uint16_t view = 0; view < VIEWS; view++)
        altview_view_info(view, &s->views[view]);
    for (uint16_t view = 0; view < ASKED; view++)
        for (unsigned int place = 0; place < PLACES; place++) {
            s->access[view][place] = world_access(view, place_gfn(place));
            s->suppress[view][place] = world_suppress(view, place_gfn(place));
            s->shows[view][place] = world_shows(view, place_page(place));
        }
    s->index = world_index();
}

void state_remember(void)
{
    ask(&remembered);
}

static unsigned int differs(const char *what, unsigned int number, const void *was, const void *is,
                            size_t size)
{
    if (!memcmp(was, is, size))
        return 0;
    printf("not as it was: %s %u\n", what, number);
    return 1;
}

unsigned int state_differences(void)
{
    unsigned int count = 0;

    ask(&now);
    for (unsigned int view = 0; view < VIEWS; view++)
        count += differs("view", view, &remembered.views[view], &now.views[view],
                         sizeof(now.views[view]));
    for (unsigned int view = 0; view < ASKED; view++) {
        count += differs("access in view", view, remembered.access[view], now.access[view],
                         sizeof(now.access[view]));
        count += differs("suppress-#VE in view", view, remembered.suppress[view],
                         now.suppress[view], sizeof(now.suppress[view]));
        count += differs("memory in view", view, remembered.shows[view], now.shows[view],
                         sizeof(now.shows[view]));
    }
    return count + differs("current view", 0, &remembered.index, &now.index, sizeof(now.index));
}
