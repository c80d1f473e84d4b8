/* SPDX-License-Identifier: BSD-2-Clause */
/* What a view has beside its tables: a name and a policy. */
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
    /* Zeros behind it, whatever the caller has there. */
    for (unsigned int i = 0; i < ALTP2M_NAME_SIZE; i++) {
        v->name[i] = *name;
        name += !!*name;
    }
    return 0;
}

static void set(struct altp2m_domain *d, struct altp2m_view *v, enum altp2m_policy policy,
                unsigned int step_view)
{
    d->policies += (uint32_t)(policy != ALTP2M_POLICY_NONE) - (v->policy != ALTP2M_POLICY_NONE);
    v->policy = (uint8_t)policy;
    v->step_view = (uint16_t)step_view;
}

int altp2m_set_policy(struct altp2m_domain *d, unsigned int view, enum altp2m_policy policy,
                      unsigned int step_view)
{
    bool step = policy == ALTP2M_POLICY_STEP;

    if (!altp2m_view_is_live(d, view) || (unsigned int)policy > ALTP2M_POLICY_STEP)
        return -XEN_EINVAL;
    if (step && (step_view == view || !altp2m_view_is_live(d, step_view)))
        return -XEN_EINVAL;
    set(d, &d->views[view_slot(view)], policy, step ? step_view : 0);
    return 0;
}

void policy_forget(struct altp2m_domain *d, unsigned int view)
{
    set(d, &d->views[view], ALTP2M_POLICY_NONE, 0);
    for (unsigned int i = view_next(d, 0); i < ALTP2M_MAX_VIEWS; i = view_next(d, i + 1))
        if (d->views[i].policy == ALTP2M_POLICY_STEP && d->views[i].step_view == view)
            set(d, &d->views[i], ALTP2M_POLICY_NONE, 0);
}
