/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of views has all settings; the monitor can clone and name views. */
#include "check.h"
#include "event.h"
#include "stories.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The settings of a view whose default access is rw, in the form of the list; gfns count from the
 * area's first page. */
struct setting {
    unsigned int page, nr;
    enum access access;
    uint8_t rights;
    int target; /* -1: its own */
    uint8_t suppress_ve;
};

static const struct setting settings[] = {
    {0, 3, ACCESS_R, 1, -1, 1},  {3, 1, ACCESS_RX, 5, -1, 1}, {5, 1, ACCESS_N, 0, -1, 1},
    {6, 1, ACCESS_RW, 3, 12, 1}, {7, 2, ACCESS_RW, 3, 13, 1}, {10, 1, ACCESS_RW, 3, -1, 0},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Neighbours that show consecutive gfns, set one by one, are one element of the list. */
#define LISTED (SETTINGS - 1)

static void apply(struct guest *g, unsigned int view, const struct setting *s)
{
    for (unsigned int i = 0; i < s->nr && s->target >= 0; i++) {
        need("a page is remapped", altview_remap(g->handle, view, guest_gfn(g, s->page + i),
                                                 guest_gfn(g, (unsigned int)s->target + i)));
    }
    if (s->target < 0 && s->suppress_ve) {
        need("access is set",
             altview_set_access(g->handle, view, guest_gfn(g, s->page), s->nr, s->access));
    }
    if (!s->suppress_ve) {
        need("suppress-#VE is cleared",
             altview_set_suppress_ve(g->handle, view, guest_gfn(g, s->page), false));
    }
}

/* The settings as elements of the list. */
static void expected_list(const struct guest *g, struct altview_override to[LISTED])
{
    const struct setting *s = settings;

    for (unsigned int i = 0; i < LISTED; i++, s++) {
        to[i] = (struct altview_override){
            .gfn = guest_gfn(g, s->page),
            .nr = s->nr,
            .target = s->target < 0 ? ALTVIEW_NO_GFN : guest_gfn(g, (unsigned int)s->target),
            .access = (uint8_t)s->access,
            .rights = s->rights,
            .suppress_ve = s->suppress_ve,
        };
        if (s->target >= 0) {
            to[i].nr += (++s)->nr;
        }
    }
}

static void check_overrides(struct guest *g, const char *what, unsigned int view)
{
    struct altview_override expected[LISTED], *seen = NULL;
    size_t count = 0;

    expected_list(g, expected);
    need("overrides are listed", altview_overrides(g->handle, view, &seen, &count));
    for (size_t i = 0; i < count; i++) {
        note("override: gfn %#" PRIx64 " +%" PRIu64 " target %#" PRIx64
             " access %u rights %u suppress_ve %u",
             seen[i].gfn, seen[i].nr, seen[i].target, seen[i].access, seen[i].rights,
             seen[i].suppress_ve);
    }
    check(count == LISTED && !memcmp(seen, expected, sizeof(expected)), what,
          "%zu elements, of %zu expected, or different ones", count, LISTED);
    free(seen);
}

static void check_description(struct guest *g, unsigned int view, unsigned int vcpus)
{
    struct altview_view seen = guest_describe(g, view);

    check_equal("described: default access", ACCESS_RW, seen.default_access);
    check_equal("described: visible", 1, seen.visible);
    check_equal("described: overrides", 9, seen.overrides);
    check_equal("described: remaps", 3, seen.remaps);
    check_equal("described: vCPUs", vcpus, seen.vcpus);
    check(seen.table_pages >= 4, "described: table pages", "%u", seen.table_pages);
}

static void check_names(struct guest *g, unsigned int view, unsigned int copy)
{
    unsigned int found = 0;

    need("a view is named", altview_name_view(g->handle, view, "secrets"));
    check_text("named", "secrets", guest_describe(g, view).name);
    check_answer("found by name", 0, altview_find_view(g->handle, "secrets", &found));
    check_equal("found by name: which", view, found);
    check_answer("no such name", -ENOENT, altview_find_view(g->handle, "nowhere", &found));
    check_answer("a name that is taken", -EEXIST, altview_name_view(g->handle, copy, "secrets"));
    check_answer("a name that is none", -EINVAL, altview_name_view(g->handle, copy, "3rd"));
    check_answer("a name for no view", -EINVAL, altview_name_view(g->handle, 9, "nobody"));
    need("a name is taken away", altview_name_view(g->handle, view, ""));
    need("it is free again", altview_name_view(g->handle, copy, "secrets"));
    check_answer("found by name again", 0, altview_find_view(g->handle, "secrets", &found));
    check_equal("found by name again: which", copy, found);
}

/* A clone is independent of its original. */
static void check_apart(struct guest *g, unsigned int view, unsigned int copy)
{
    guest_restrict(g, copy, 0, ACCESS_N);
    check_equal("changing the clone leaves the original", ACCESS_R, guest_access(g, view, 0));
    need("the clone loses a remap",
         altview_remap(g->handle, copy, guest_gfn(g, 6), ALTVIEW_NO_GFN));
    check_overrides(g, "the original still has its list", view);
}

/* Memory as each view shows it, whatever the view's access. */
static void check_memory(struct guest *g, unsigned int view)
{
    uint64_t value = 0, address = guest_address(g, 6);

    guest_put(g, address, 6);
    guest_put(g, guest_address(g, 12), 12);
    need("memory is read", altview_read(g->handle, view, address, &value, sizeof(value)));
    check_equal("read as the view shows it", 12, value);
    need("memory is read", altview_read(g->handle, 0, address, &value, sizeof(value)));
    check_equal("read as view 0 shows it", 6, value);
    value = 13;
    need("memory is written", altview_write(g->handle, view, address, &value, sizeof(value)));
    guest_expect(g, guest_address(g, 12), 13);
    need("memory is read",
         altview_read(g->handle, ALTVIEW_NO_VIEW, guest_address(g, 12), &value, sizeof(value)));
    check_equal("written as the view shows it", 13, value);
    check_answer("memory that is not there", -EFAULT,
                 altview_read(g->handle, view, UINT64_C(1) << 45, &value, sizeof(value)));
    check_answer("memory as a view that is not live shows it", -EINVAL,
                 altview_read(g->handle, 9, address, &value, sizeof(value)));
}

static void check_lives(struct guest *g, unsigned int view, unsigned int copy)
{
    struct altview_view *list;
    size_t count;

    /* The default access of this view would refuse the guest its own code. */
    need("the guest's image is made executable there",
         altview_set_access(g->handle, copy, guest_gfn(g, 0) & ~UINT64_C(0xff), 256, ACCESS_RWX));
    need("the guest is switched", altview_switch_to_view(g->handle, copy));
    check_equal("the clone's vCPUs", 1, guest_describe(g, copy).vcpus);
    check_answer("a view with a vCPU in it", -EBUSY, altview_destroy_view(g->handle, copy));
    need("the guest is switched back", altview_switch_to_view(g->handle, 0));
    check_answer("destroyed", 0, altview_destroy_view(g->handle, copy));
    check_answer("destroyed already", -EBUSY, altview_destroy_view(g->handle, copy));
    check_answer("no clone of it", -EINVAL, altview_clone_view(g->handle, copy, &copy));
    need("views are listed", altview_views(g->handle, &list, &count));
    check(count == 2 && list[0].view == 0 && list[1].view == view, "live views are listed",
          "%zu of them", count);
    free(list);
}

void story_views(struct guest *g)
{
    unsigned int view, copy;

    need("a view is created", altview_create_view(g->handle, ACCESS_RW, &view));
    for (unsigned int i = 0; i < SETTINGS; i++) {
        apply(g, view, &settings[i]);
    }
    check_overrides(g, "overrides are listed as set", view);
    check_description(g, view, 0);
    need("a view is cloned", altview_clone_view(g->handle, view, &copy));
    check_overrides(g, "the clone's overrides are the same", copy);
    check_description(g, copy, 0);
    check_apart(g, view, copy);
    check_names(g, view, copy);
    check_memory(g, view);
    check_lives(g, view, copy);
}
