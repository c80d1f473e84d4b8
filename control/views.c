/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/server.h"

_Static_assert((int)ALTVIEW_POLICY_LIFT == ALTP2M_POLICY_LIFT &&
                   (int)ALTVIEW_POLICY_REPORT == ALTP2M_POLICY_REPORT &&
                   (int)ALTVIEW_POLICY_STEP == ALTP2M_POLICY_STEP &&
                   (int)ALTVIEW_POLICY_SWITCH == ALTP2M_POLICY_SWITCH,
               "policies have one number each");
_Static_assert(ALTVIEW_NAME_SIZE == ALTP2M_NAME_SIZE, "names have one size");

/* The most overrides to look for at once: more than a reply holds. */
#define MOST_OVERRIDES 256

bool view_exists(const struct control *c, unsigned int view)
{
    return view < c->domain->config.view_count && (!view || altp2m_view_is_live(c->domain, view));
}

bool view_or_host(const struct control *c, unsigned int view)
{
    return view == ALTVIEW_NO_VIEW || view_exists(c, view);
}

static uint32_t vcpus_in(const struct control *c, unsigned int view)
{
    uint32_t count = 0;

    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        count += vcpu_of(c, i)->view == view;
    }
    return count;
}

static void describe(const struct control *c, unsigned int view, void *element)
{
    const struct altp2m_view *v = &c->domain->views[view];
    struct altview_view *to = element;

    *to = (struct altview_view){
        .view = (uint16_t)view,
        .default_access = v->default_access,
        .visible = (uint8_t)altp2m_view_visibility(c->domain, view),
        .policy = v->policy,
        .policy_view = altp2m_policy_names_view(v->policy) ? v->policy_view : 0,
        .overrides = v->overrides,
        .remaps = v->remaps,
        .table_pages = v->table_pages,
        .vcpus = vcpus_in(c, view),
        .violations = v->violations,
    };
    __builtin_memcpy(to->name, v->name, sizeof(to->name));
}

/* List the views from the requested one on: `fill` writes an element of `size` bytes. */
static int list_views(struct control *c, struct exchange *x, size_t size,
                      void (*fill)(const struct control *c, unsigned int view, void *to))
{
    const struct altview_first *from = x->payload;
    struct altview_list *list = list_begin(x);

    for (uint64_t view = from->first; view < c->domain->config.view_count; view++) {
        void *to;

        if (!view_exists(c, (unsigned int)view)) {
            continue;
        }
        to = list_add(x, size);
        if (!to) {
            list->next = view;
            break;
        }
        fill(c, (unsigned int)altp2m_clamp(view, ALTP2M_MAX_VIEWS), to);
    }
    return 0;
}

int request_views(struct control *c, struct exchange *x)
{
    altp2m_quiesce(c->domain);
    return list_views(c, x, sizeof(struct altview_view), describe);
}

static void describe_visibility(const struct control *c, unsigned int view, void *element)
{
    struct altview_visible_to *to = element;

    *to = (struct altview_visible_to){.view = (uint16_t)view};
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        to->vcpus |= (uint64_t)altp2m_view_is_visible_to(c->domain, vcpu_of(c, i), view) << i;
    }
}

int request_visibility(struct control *c, struct exchange *x)
{
    return list_views(c, x, sizeof(struct altview_visible_to), describe_visibility);
}

static struct altview_override override_of(const struct altp2m_override *o)
{
    return (struct altview_override){
        .gfn = o->gfn,
        .nr = o->nr,
        .target = o->target,
        .access = (uint8_t)o->access,
        .rights = (uint8_t)o->rights,
        .suppress_ve = o->suppress_ve,
    };
}

/* The engine bounds the work of a call; this bounds the number of calls. */
static uint64_t list_overrides(struct control *c, struct exchange *x, unsigned int view,
                               uint64_t from)
{
    struct altp2m_override found;
    struct altview_override *to;

    for (unsigned int i = 0; i < MOST_OVERRIDES; i++) {
        uint64_t next = from;

        if (!altp2m_next_override(c->domain, view, &next, &found)) {
            return ALTVIEW_NO_GFN;
        }
        if (found.nr) {
            to = list_add(x, sizeof(*to));
            if (!to) {
                break;
            }
            *to = override_of(&found);
        }
        from = next;
    }
    return from;
}

int request_overrides(struct control *c, struct exchange *x)
{
    const struct altview_gfn *from = x->payload;

    if (!view_exists(c, from->view)) {
        return -XEN_EINVAL;
    }

    struct altview_list *list = list_begin(x); /* first, then what it holds: C has no order */
    list->next = list_overrides(c, x, from->view, from->gfn);
    return 0;
}

int request_name_view(struct control *c, struct exchange *x)
{
    const struct altview_view_name *name = x->payload;

    return altp2m_view_set_name(c->domain, name->view, name->name);
}

int request_set_policy(struct control *c, struct exchange *x)
{
    const struct altview_view_policy *p = x->payload;

    if (!altp2m_policy_names_view(p->policy) && p->policy_view) {
        return -XEN_EINVAL;
    }
    return altp2m_set_policy(c->domain, p->view, (enum altp2m_policy)p->policy, p->policy_view);
}
