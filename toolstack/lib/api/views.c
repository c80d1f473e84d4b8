/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and policies. */
#include "../handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Xen has no names. A number always names a view. */
static bool is_called(const struct altview_view *v, const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 0);

    return *name >= '0' && *name <= '9' ? !*end && number == v->view
                                        : *name && !strncmp(v->name, name, sizeof(v->name));
}

static int find_view(altview *h, const char *name, unsigned int *view)
{
    struct altview_view *views;
    size_t count;
    int rc = altview_views(h, &views, &count);

    if (rc) {
        return rc;
    }
    rc = -ENOENT;
    for (size_t i = 0; i < count && rc; i++) {
        if (is_called(&views[i], name)) {
            *view = views[i].view;
            rc = 0;
        }
    }
    free(views);
    return rc ? explain(h, rc, &(struct about){.has = ABOUT_NAME, .name = name}) : 0;
}

int altview_find_view(altview *h, const char *name, unsigned int *view)
{
    bool outermost = call_begin(h);
    int rc = find_view(h, name, view);

    deadline_end(outermost);
    return rc;
}

int altview_name_view(altview *h, unsigned int view, const char *name)
{
    struct altview_view_name set = {.view = narrow(view)};
    const struct about about = {.has = ABOUT_VIEW | ABOUT_NAME, .view = view, .name = name};
    size_t length = strlen(name);

    if (length >= sizeof(set.name)) {
        return explain(h, -EINVAL, &(struct about){.has = ABOUT_NAME, .name = name});
    }
    memcpy(set.name, name, length);
    return ask(h, ALTVIEW_NAME_VIEW, &set, sizeof(set), NULL, 0, &about);
}

int altview_set_policy(altview *h, unsigned int view, enum altview_policy policy, unsigned int in)
{
    static const struct hint hints[] = {
        {EINVAL, "there is no such policy, or the view it names is not live, is the same view or "
                 "switches back to it (it must be 0 for other policies)"},
        {0, NULL},
    };
    const struct altview_view_policy set = {
        .view = narrow(view),
        .policy_view = narrow(in),
        .policy = (unsigned int)policy < UINT8_MAX ? (uint8_t)policy : UINT8_MAX,
    };
    const struct about about = {.has = ABOUT_VIEW, .view = view, .hints = hints};

    return ask(h, ALTVIEW_SET_POLICY, &set, sizeof(set), NULL, 0, &about);
}
