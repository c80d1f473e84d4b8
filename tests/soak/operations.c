/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations on views. Each call has one right answer. */
#include "soak.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xen/memory.h>

#define FEW_PAGES    600 /* for tables, in the pool */
#define ENOUGH_PAGES 800
#define MOST_NARROW  6      /* restricted pages in a view that is not wide; with a view's next 7 */
#define LONGEST      12     /* of a range of pages, as a power of 2 */
#define IMAGE        0x1000 /* the kernel's gfns */
#define IMAGE_PAGES  0x3000
#define COMPARED     64 /* bytes */

/* Without w and wx: entries can't express them, so many such pages would need steps over many. */
static const uint8_t wide_accesses[] = {
    XENMEM_access_n,     XENMEM_access_r,   XENMEM_access_rw,
    XENMEM_access_x,     XENMEM_access_rx,  XENMEM_access_rx2rw,
    XENMEM_access_n2rwx, XENMEM_access_rwx, XENMEM_access_default,
};

static unsigned int wide_access(struct soak *s)
{
    return wide_accesses[soak_random(s, sizeof(wide_accesses))];
}

enum which { ANY, VISIBLE, NOT_CURRENT };

static bool suits(const struct soak *s, unsigned int view, enum which which)
{
    const struct soak_view *v = &s->views[view];

    return v->live && (which != VISIBLE || !v->hidden) &&
           (which != NOT_CURRENT || view != s->current);
}

/* A random view from `first` on; 0 if there is none. */
static unsigned int some_view(struct soak *s, unsigned int first, enum which which)
{
    unsigned int found[SOAK_VIEWS], count = 0;

    for (unsigned int i = first; i < s->hello.view_count; i++) {
        if (suits(s, i, which)) {
            found[count++] = i;
        }
    }
    return count ? found[soak_random(s, count)] : 0;
}

static bool is_full(const struct soak *s)
{
    unsigned int i = 0;

    while (i < s->hello.view_count && s->views[i].live) {
        i++;
    }
    return i == s->hello.view_count;
}

static uint64_t some_gfn(struct soak *s)
{
    switch (soak_random(s, 4)) {
    case 0:
        return hot_gfn(s);
    case 1:
        return IMAGE + soak_random(s, IMAGE_PAGES);
    default:
        return s->gfns[soak_random(s, SOAK_GFNS)];
    }
}

static void begin(struct soak *s, unsigned int view, struct soak_view as)
{
    as.live = true;
    as.hidden = false;
    s->views[view] = as;
    s->created++;
}

/* `least`: the first policy of the possible ones. */
static void give_policy(struct soak *s, unsigned int view, enum altview_policy least)
{
    enum altview_policy most = s->views[view].wide ? ALTVIEW_POLICY_LIFT : ALTVIEW_POLICY_STEP;
    enum altview_policy policy = least + (enum altview_policy)soak_random(s, most - least + 1);
    unsigned int in = some_view(s, 0, ANY);

    if (policy != ALTVIEW_POLICY_STEP) {
        in = 0;
    } else if (in == view) {
        return;
    }
    soak_expect(s, "policy", 0, altview_set_policy(s->handle, view, policy, in));
}

static void create(struct soak *s)
{
    struct soak_view new = {.wide = soak_random(s, 2)};
    unsigned int view, access = new.wide ? wide_access(s) : XENMEM_access_rwx;
    bool full = is_full(s);

    if (soak_expect(s, "create", full ? -EINVAL : 0,
                    altview_create_view(s->handle, access, &view)) &&
        !full) {
        begin(s, view, new);
        give_policy(s, view, new.wide ? ALTVIEW_POLICY_NONE : ALTVIEW_POLICY_REPORT);
    }
}

static void clone(struct soak *s)
{
    unsigned int view, from = some_view(s, 0, ANY);
    bool full = is_full(s);

    if (soak_expect(s, "clone", full ? -EINVAL : 0, altview_clone_view(s->handle, from, &view)) &&
        !full) {
        begin(s, view, s->views[from]);
    }
}

/* A vCPU may be in the view for a step. Then the view stays for now. */
static void destroy_view(struct soak *s, unsigned int view)
{
    int rc = altview_destroy_view(s->handle, view);

    if (rc != -EBUSY && soak_expect(s, "destroy", 0, rc)) {
        s->views[view].live = false;
        s->destroyed++;
    }
}

static void destroy(struct soak *s)
{
    unsigned int view = some_view(s, 1, NOT_CURRENT);

    if (view) {
        destroy_view(s, view);
    }
}

static void destroy_current(struct soak *s)
{
    soak_expect(s, "destroy, of the view in use", -EBUSY,
                altview_destroy_view(s->handle, s->current));
}

static void switch_view(struct soak *s)
{
    unsigned int view = some_view(s, 0, ANY);
    bool hidden = s->views[view].hidden;

    if (soak_expect(s, "switch", hidden ? -EINVAL : 0, altview_switch_to_view(s->handle, view)) &&
        !hidden) {
        s->current = view;
    }
}

static void hide_or_show(struct soak *s)
{
    unsigned int view = some_view(s, 1, ANY);
    bool show = s->views[view].hidden;

    if (view && soak_expect(s, "hide or show", 0, altview_set_visibility(s->handle, view, show))) {
        s->views[view].hidden = !show;
    }
}

static void evict(struct soak *s)
{
    unsigned int view = some_view(s, 1, ANY), to = some_view(s, 0, VISIBLE);

    if (view && view != to &&
        soak_expect(s, "evict", 0, altview_evict(s->handle, ALTVIEW_ALL_VCPUS, view, to))) {
        s->views[view].hidden = true;
        s->current = s->current == view ? to : s->current;
    }
}

static void set_policy(struct soak *s)
{
    give_policy(s, some_view(s, 0, ANY), ALTVIEW_POLICY_NONE);
}

/* A page or, in a wide view, many. */
static void restrict_pages(struct soak *s)
{
    unsigned int view = some_view(s, 0, ANY), access;
    struct soak_view *v = &s->views[view];
    uint64_t gfn, nr = 1;

    if (!v->wide && v->restricted == MOST_NARROW) {
        return;
    }
    gfn = some_gfn(s);
    if (v->wide) {
        access = wide_access(s);
        nr += soak_random(s, UINT64_C(1) << soak_random(s, LONGEST));
    } else {
        access = (unsigned int)soak_random(s, XENMEM_access_default + 1);
        v->restricted++;
    }
    soak_expect(s, "access", 0, altview_set_access(s->handle, view, gfn, nr, access));
}

static void remap_to_itself(struct soak *s)
{
    unsigned int view = some_view(s, 1, ANY);
    uint64_t gfn = s->gfns[soak_random(s, SOAK_GFNS)];

    if (view) {
        soak_expect(s, "remap to itself", 0, altview_remap(s->handle, view, gfn, gfn));
    }
}

/* Remove all that the view has for a gfn. */
static void take_back(struct soak *s)
{
    unsigned int view = some_view(s, 1, ANY);
    uint64_t gfn = s->gfns[soak_random(s, SOAK_GFNS)];

    if (view) {
        soak_expect(s, "remap --undo", 0, altview_remap(s->handle, view, gfn, ALTVIEW_NO_GFN));
    }
}

static void remap_to_copy(struct soak *s)
{
    unsigned int view = some_view(s, 1, ANY);
    const struct soak_copy *c = &s->copies[soak_random(s, SOAK_COPIES)];
    uint8_t there[COMPARED], here[COMPARED];

    if (view && soak_expect(s, "remap", 0, altview_remap(s->handle, view, c->gfn, c->copy))) {
        soak_need("read", altview_read(s->handle, view, c->gfn * PAGE_SIZE, here, COMPARED));
        soak_need("read",
                  altview_read(s->handle, ALTVIEW_NO_VIEW, c->gfn * PAGE_SIZE, there, COMPARED));
        soak_expect(s, "the view shows what was there", 0, memcmp(here, there, COMPARED));
    }
}

static void suppress_ve(struct soak *s)
{
    unsigned int view = some_view(s, 1, ANY);

    if (view) {
        soak_expect(s, "ve", 0,
                    altview_set_suppress_ve(s->handle, view, s->gfns[soak_random(s, SOAK_GFNS)],
                                            soak_random(s, 2)));
    }
}

static void list_overrides(struct soak *s)
{
    struct altview_override *list = NULL;
    size_t count;

    soak_expect(s, "show", 0,
                altview_overrides(s->handle, some_view(s, 0, NOT_CURRENT), &list, &count));
    free(list);
}

static struct operation {
    const char *name;
    unsigned int weight;
    void (*run)(struct soak *s);
    uint64_t count;
} operations[] = {
    {"create", 8, create, 0},
    {"clone", 4, clone, 0},
    {"destroy", 11, destroy, 0},
    {"destroy, of the view in use", 1, destroy_current, 0},
    {"switch", 16, switch_view, 0},
    {"hide or show", 6, hide_or_show, 0},
    {"evict", 2, evict, 0},
    {"policy", 14, set_policy, 0},
    {"access", 30, restrict_pages, 0},
    {"remap to itself", 8, remap_to_itself, 0},
    {"remap to a copy", 8, remap_to_copy, 0},
    {"remap --undo", 8, take_back, 0},
    {"ve", 4, suppress_ve, 0},
    {"show", 1, list_overrides, 0},
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

void operation_any(struct soak *s)
{
    struct operation *o = operations;
    uint64_t all = 0, point;

    for (unsigned int i = 0; i < OPERATIONS; i++) {
        all += operations[i].weight;
    }
    for (point = soak_random(s, all); point >= o->weight; o++) {
        point -= o->weight;
    }
    o->run(s);
    o->count++;
}

void operation_make_room(struct soak *s)
{
    struct altview_statistics statistics;
    uint64_t wanted = FEW_PAGES;

    for (unsigned int i = 0; i < s->hello.view_count; i++) {
        soak_need("statistics", altview_statistics(s->handle, 0, &statistics));
        if (statistics.pool_free >= wanted) {
            return;
        }
        wanted = ENOUGH_PAGES;
        destroy(s);
    }
}

/* View 0 outlives altp2m: its settings are taken back page by page. */
static void clear_view_0(struct soak *s)
{
    struct altview_override *list;
    size_t count;

    soak_need("policy", altview_set_policy(s->handle, 0, ALTVIEW_POLICY_NONE, 0));
    soak_need("overrides", altview_overrides(s->handle, 0, &list, &count));
    for (size_t i = 0; i < count; i++) {
        soak_expect(s, "access of view 0", 0,
                    altview_set_access(s->handle, 0, list[i].gfn, list[i].nr, XENMEM_access_rwx));
    }
    free(list);
}

void operation_clear(struct soak *s)
{
    soak_expect(s, "switch to view 0", 0, altview_switch_to_view(s->handle, 0));
    s->current = 0;
    clear_view_0(s);
    for (unsigned int i = 1; i < s->hello.view_count; i++) {
        if (s->views[i].live) {
            destroy_view(s, i);
        }
        soak_expect(s, "it is gone", 0, s->views[i].live);
    }
}

void operation_print(void)
{
    for (unsigned int i = 0; i < OPERATIONS; i++) {
        printf("operation %" PRIu64 " %s\n", operations[i].count, operations[i].name);
    }
}
