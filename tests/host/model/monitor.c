/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations only of a monitor outside the guest: clones, names, policies, moves of one
 * vCPU. */
#include "model/model.h"

#include <string.h>
#include <xen/errno.h>

static bool is_live(const struct model *m, unsigned int view)
{
    return view < m->config.view_count && m->views[view].live;
}

int model_view_clone(struct model *m, unsigned int from, uint16_t *view)
{
    unsigned int to = 0;

    while (to < m->config.view_count && m->views[to].live)
        to++;
    if (!is_live(m, from) || to == m->config.view_count)
        return -XEN_EINVAL;
    m->views[to] = m->views[from];
    model_forget_view(m, to);
    model_set_visibility(m, to, true);
    *view = (uint16_t)to;
    return 0;
}

static bool name_is_sane(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char others[] = "0123456789_-.";
    size_t length = strnlen(name, ALTP2M_NAME_SIZE);

    if (!length)
        return true;
    if (length == ALTP2M_NAME_SIZE || !strchr(letters, name[0]))
        return false;
    for (size_t i = 1; i < length; i++)
        if (!strchr(letters, name[i]) && !strchr(others, name[i]))
            return false;
    return true;
}

int model_set_name(struct model *m, unsigned int view, const char name[ALTP2M_NAME_SIZE])
{
    if (!is_live(m, view) || !name_is_sane(name))
        return -XEN_EINVAL;
    for (unsigned int i = 0; name[0] && i < m->config.view_count; i++)
        if (i != view && m->views[i].live && !strcmp(m->views[i].name, name))
            return -XEN_EEXIST;
    memset(m->views[view].name, 0, ALTP2M_NAME_SIZE);
    memcpy(m->views[view].name, name, strlen(name));
    return 0;
}

/* The view to which switch policies lead from a view; the policy of `without` does not count. */
static unsigned int end_of_switches(const struct model *m, unsigned int view, unsigned int without)
{
    if (view == without || m->views[view].policy != ALTP2M_POLICY_SWITCH)
        return view;
    return end_of_switches(m, m->views[view].policy_view, without);
}

int model_set_policy(struct model *m, unsigned int view, enum altp2m_policy policy,
                     unsigned int policy_view)
{
    bool step = policy == ALTP2M_POLICY_STEP || policy == ALTP2M_POLICY_SWITCH;

    if (!is_live(m, view) || policy > ALTP2M_POLICY_SWITCH)
        return -XEN_EINVAL;
    if (step && (!is_live(m, policy_view) || policy_view == view))
        return -XEN_EINVAL;
    if (policy == ALTP2M_POLICY_SWITCH && end_of_switches(m, policy_view, view) == view)
        return -XEN_EINVAL;
    m->views[view].policy = policy;
    m->views[view].policy_view = step ? policy_view : 0;
    return 0;
}

int model_vcpu_enter(struct model *m, unsigned int vcpu, unsigned int view)
{
    if (!model_view_usable(m, view))
        return -XEN_EINVAL;
    m->vcpus[vcpu].view = view;
    m->vcpus[vcpu].away = false;
    return 0;
}

int model_vcpu_go_away(struct model *m, unsigned int vcpu, unsigned int view)
{
    struct model_vcpu *v = &m->vcpus[vcpu];

    if (!model_view_usable(m, view))
        return -XEN_EINVAL;
    if (!v->away)
        v->home = v->view;
    v->away = true;
    v->view = view;
    return 0;
}

void model_vcpu_come_home(struct model *m, unsigned int vcpu)
{
    struct model_vcpu *v = &m->vcpus[vcpu];

    if (v->away)
        v->view = v->home;
    v->away = false;
}

static void forget_policy(struct model_view *v)
{
    v->policy = ALTP2M_POLICY_NONE;
    v->policy_view = 0;
}

void model_forget_view(struct model *m, unsigned int view)
{
    struct model_view *v = &m->views[view];

    memset(v->name, 0, sizeof(v->name));
    v->violations = 0;
    forget_policy(v);
    for (unsigned int i = 0; i < ALTP2M_MAX_VIEWS; i++)
        if (m->views[i].policy_view == view && (m->views[i].policy == ALTP2M_POLICY_STEP ||
                                                m->views[i].policy == ALTP2M_POLICY_SWITCH))
            forget_policy(&m->views[i]);
}
