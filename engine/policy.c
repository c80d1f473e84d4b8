/* SPDX-License-Identifier: BSD-2-Clause */
/* A view's name and policy. */
#include "engine.h"

static bool is_name_character(char c, bool first)
{
    bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

    return letter || (!first && ((c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'));
}

static bool name_is_sane(const char *name)
{
    unsigned int i = 0;

    while (i < ALTP2M_NAME_SIZE && is_name_character(name[i], !i))
        i++;
    return i < ALTP2M_NAME_SIZE && !name[i];
}

static bool same_name(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool is_taken(const struct altp2m_domain *d, const struct altp2m_view *v, const char *name)
{
    for (unsigned int i = view_next(d, 0); i < ALTP2M_MAX_VIEWS; i = view_next(d, i + 1))
        if (&d->views[i] != v && same_name(d->views[i].name, name))
            return true;
    return false;
}

int altp2m_view_set_name(struct altp2m_domain *d, unsigned int view,
                         const char name[ALTP2M_NAME_SIZE])
{
    struct altp2m_view *v = &d->views[view_slot(view)];

    if (!altp2m_view_is_live(d, view) || !name_is_sane(name))
        return -XEN_EINVAL;
    if (*name && is_taken(d, v, name))
        return -XEN_EEXIST;
    /* Write zeros after the name, whatever the caller has there. */
    for (unsigned int i = 0; i < ALTP2M_NAME_SIZE; i++) {
        v->name[i] = *name;
        name += !!*name;
    }
    return 0;
}

/* Would policies send a vCPU in `view` to `to`? There is no circle yet, so the loop ends. */
static bool leads_to(const struct altp2m_domain *d, unsigned int view, unsigned int to)
{
    while (view != to && d->views[view].policy == ALTP2M_POLICY_SWITCH)
        view = d->views[view].policy_view;
    return view == to;
}

static bool may_name(const struct altp2m_domain *d, unsigned int view, enum altp2m_policy policy,
                     unsigned int other)
{
    if (other == view || !altp2m_view_is_live(d, other))
        return false;
    return policy != ALTP2M_POLICY_SWITCH || !leads_to(d, view_slot(other), view);
}

static void set(struct altp2m_domain *d, struct altp2m_view *v, enum altp2m_policy policy,
                unsigned int policy_view)
{
    d->policies += (uint32_t)(policy != ALTP2M_POLICY_NONE) - (v->policy != ALTP2M_POLICY_NONE);
    v->policy = (uint8_t)policy;
    v->policy_view = (uint16_t)policy_view;
}

int altp2m_set_policy(struct altp2m_domain *d, unsigned int view, enum altp2m_policy policy,
                      unsigned int policy_view)
{
    bool named = altp2m_policy_names_view(policy);

    if (!altp2m_view_is_live(d, view) || (unsigned int)policy > ALTP2M_POLICY_SWITCH)
        return -XEN_EINVAL;
    if (named && !may_name(d, view, policy, policy_view))
        return -XEN_EINVAL;
    set(d, &d->views[view_slot(view)], policy, named ? policy_view : 0);
    return 0;
}

void policy_forget(struct altp2m_domain *d, unsigned int view)
{
    set(d, &d->views[view], ALTP2M_POLICY_NONE, 0);
    for (unsigned int i = view_next(d, 0); i < ALTP2M_MAX_VIEWS; i = view_next(d, i + 1))
        if (altp2m_policy_names_view(d->views[i].policy) && d->views[i].policy_view == view)
            set(d, &d->views[i], ALTP2M_POLICY_NONE, 0);
}
