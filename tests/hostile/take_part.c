/* SPDX-License-Identifier: BSD-2-Clause */
#include "take_part.h"

#include "guests/hostile/names.h"
#include "tests/monitor/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GFN      0x2310 /* unused memory */
#define OVERRIDE 2      /* gfns that differ from the rest of the view */
#define ENOUGH   8      /* views */
#define LOOKS    8      /* checks, and turns of CPU 1, before the program ends an attack */

static struct {
    const char *attack;
    bool (*part)(struct guest *g);
    unsigned long views, wrong, asked;
    bool on; /* this program has turned altp2m on */
} now;

static void expect(const char *what, bool good)
{
    if (!good) {
        now.wrong++;
        note("%s: %s: wrong: %s", now.attack, what, altview_error());
    }
}

static void expect_0(const char *what, int rc)
{
    expect(what, rc == 0);
}

static void expect_view(struct guest *g, unsigned int number)
{
    struct altview_view *views;
    size_t count, found = 0;

    if (altview_views(g->handle, &views, &count)) {
        expect("views are listed", false);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        found += views[i].view == number && views[i].overrides == OVERRIDE &&
                 views[i].remaps == 1 && !views[i].visible;
    }
    expect("the view is there as it was left", found == 1);
    free(views);
}

/* No other code touches it: it must be unchanged. */
static bool use_a_view(struct guest *g)
{
    unsigned int view, access = ACCESS_RWX;
    enum access given = (enum access)(now.views % ACCESS_RWX);

    if (altview_create_view(g->handle, ACCESS_RWX, &view)) {
        expect("a view is made", false);
        return true;
    }
    now.views++;
    expect_0("access is set", altview_set_access(g->handle, view, GFN, 1, given));
    expect_0("a gfn is remapped", altview_remap(g->handle, view, GFN + 1, GFN + 2));
    expect_0("the view is hidden", altview_set_visibility(g->handle, view, false));
    expect_0("access is read", altview_get_access(g->handle, view, GFN, &access));
    expect("access is what it was", access == given);
    expect_view(g, view);
    expect_0("the view is shown", altview_set_visibility(g->handle, view, true));
    expect_0("the view is destroyed", altview_destroy_view(g->handle, view));
    return true;
}

/* CPU 1 of the guest enters the view meanwhile. */
static bool put_out(struct guest *g)
{
    unsigned int view;
    int rc;

    if (altview_create_view(g->handle, ACCESS_RWX, &view)) {
        expect("a view is made", false);
        return true;
    }
    now.views++;
    expect_0("the page is remapped",
             altview_remap(g->handle, view, HOSTILE_PAGE_GFN, HOSTILE_PAGE_GFN + 1));
    expect_0("the view is hidden", altview_set_visibility(g->handle, view, false));
    expect_0("the view is shown", altview_set_visibility(g->handle, view, true));
    rc = altview_destroy_view(g->handle, view);
    if (rc) {
        expect("only who is in it keeps a view", rc == -EBUSY);
        expect_0("all are put out", altview_evict(g->handle, ALTVIEW_ALL_VCPUS, view, 0));
        expect_0("the view is destroyed", altview_destroy_view(g->handle, view));
    }
    return true;
}

static void read_word(struct guest *g, uint64_t address, uint64_t *word)
{
    need("a word of the guest's is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, address, word, sizeof(*word)));
}

/* A request that the guest's lost CPU serves: it takes the other CPU out of the guest. */
static void disturb(struct guest *g)
{
    unsigned int view;

    if (altview_create_view(g->handle, ACCESS_RWX, &view)) {
        return; /* this mode has no views */
    }
    now.views++;
    expect_0("the view is destroyed", altview_destroy_view(g->handle, view));
}

/* The guest has lost its CPU 0. After enough requests, and some progress of CPU 1, the program
 * brings CPU 0 back. */
static bool rescue(struct guest *g)
{
    struct hostile_rescue rescue;
    uint64_t turns = LOOKS;

    need("what ends the attack is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, g->area + HOSTILE_RESCUE_SLOT * HOSTILE_NAME_SIZE,
                      &rescue, sizeof(rescue)));
    if (!rescue.word) {
        return false;
    }
    if (rescue.turns) {
        read_word(g, rescue.turns, &turns);
    }
    disturb(g);
    if (++now.asked >= LOOKS && turns >= LOOKS) {
        need("the guest's word is written", altview_write(g->handle, ALTVIEW_NO_VIEW, rescue.word,
                                                          &rescue.value, sizeof(rescue.value)));
    }
    return true;
}

bool take_part_in(struct guest *g, const char *attack)
{
    bool sides = !strcmp(attack, HOSTILE_THREE_SIDES), vmfunc = !strcmp(attack, HOSTILE_VMFUNC);

    memset(&now, 0, sizeof(now));
    if (strstr(attack, HOSTILE_RECURSION)) {
        now.attack = attack;
        now.part = rescue;
        now.on = !altview_set_active(g->handle, true);
        return true;
    }
    if ((!sides && !vmfunc) || altview_set_active(g->handle, true)) {
        return false; /* this mode has no views */
    }
    now.attack = attack;
    now.part = sides ? use_a_view : put_out;
    if (vmfunc) {
        need("VMFUNC is turned on", altview_set_vmfunc(g->handle, 1, true));
    }
    return true;
}

bool take_part(struct guest *g)
{
    if (!now.part || !now.part(g)) {
        return false;
    }
    if (now.part != rescue && now.views == ENOUGH) {
        take_part_is_enough(g);
    }
    return true;
}

void take_part_is_enough(struct guest *g)
{
    const uint64_t stop = 1, field = offsetof(struct mailbox, arguments[1]);

    need("it is told that this is enough",
         altview_write(g->handle, ALTVIEW_NO_VIEW, g->mailbox + field, &stop, sizeof(stop)));
}

void take_part_ends(struct guest *g)
{
    if (!now.part) {
        return;
    }
    if (now.part == rescue) {
        check(now.asked >= LOOKS, "the lost CPU still serves requests", "%lu", now.asked);
        check_equal("none is answered wrong", 0, now.wrong);
        if (now.on) {
            need("altp2m is turned off", altview_set_active(g->handle, false));
        }
        return;
    }
    need("altp2m is turned off", altview_set_active(g->handle, false));
    note("%s: %lu views made outside", now.attack, now.views);
    check(now.views >= ENOUGH, "views are made outside, too", "%lu", now.views);
    check_equal("none of them is wrong", 0, now.wrong);
}
