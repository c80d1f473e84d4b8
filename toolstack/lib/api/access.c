/* SPDX-License-Identifier: BSD-2-Clause */
#include "../handle.h"

int altview_set_access(altview *h, unsigned int view, uint64_t gfn, uint64_t nr,
                       unsigned int access)
{
    struct altview_set_access set = {
        .gfn = gfn, .nr = nr, .view = narrow(view), .access = narrow(access)};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_ACCESS | ABOUT_GFN,
                                .view = view,
                                .access = access,
                                .gfn = gfn,
                                .nr = nr};

    return ask_in_steps(h, ALTVIEW_SET_ACCESS, &set, sizeof(set), &set.done, nr, &about);
}

int altview_get_access(altview *h, unsigned int view, uint64_t gfn, unsigned int *access)
{
    const struct altview_gfn get = {.gfn = gfn, .view = narrow(view)};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_GFN, .view = view, .gfn = gfn, .nr = 1};
    struct altview_access got;
    int rc = ask(h, ALTVIEW_GET_ACCESS, &get, sizeof(get), &got, sizeof(got), &about);

    if (!rc) {
        *access = got.access;
    }
    return rc;
}
