/* SPDX-License-Identifier: BSD-2-Clause */
/* The current value of a setting, as two numbers, and writing it back. */
#include "control/server.h"

#define NO_BYTE 256U /* there is no RAM */

static struct altp2m_vcpu *vcpu_at(const struct control *c, uint64_t at)
{
    return vcpu_of(c, (unsigned int)altp2m_clamp(at, c->vcpu_count));
}

/*
 * The three parts of a view's settings for a gfn are separate: if a policy or the lack of a
 * listener has lifted the access since, the remap is still taken back.
 */
static struct undo_value get_remap(const struct control *c, unsigned int view, uint64_t at)
{
    return (struct undo_value){altp2m_get_setting(c->domain, view, at).target, 0};
}

static int put_remap(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    struct altp2m_setting s = altp2m_get_setting(c->domain, view, at);

    s.target = value.first;
    return altp2m_put_setting(c->domain, view, at, &s);
}

static struct undo_value get_access(const struct control *c, unsigned int view, uint64_t at)
{
    return (struct undo_value){altp2m_get_setting(c->domain, view, at).access, 0};
}

static int put_access(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    struct altp2m_setting s = altp2m_get_setting(c->domain, view, at);

    s.access = (uint16_t)value.first;
    return altp2m_put_setting(c->domain, view, at, &s);
}

static struct undo_value get_suppress(const struct control *c, unsigned int view, uint64_t at)
{
    return (struct undo_value){altp2m_get_setting(c->domain, view, at).suppress_ve, 0};
}

static int put_suppress(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    struct altp2m_setting s = altp2m_get_setting(c->domain, view, at);

    s.suppress_ve = value.first;
    return altp2m_put_setting(c->domain, view, at, &s);
}

static struct undo_value get_default(const struct control *c, unsigned int view, uint64_t at)
{
    uint16_t access = 0;

    (void)at;
    altp2m_get_access(c->domain, view, ALTP2M_INVALID_GFN, &access);
    return (struct undo_value){access, 0};
}

static int put_default(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    (void)at;
    return altp2m_set_access(c->domain, view, ALTP2M_INVALID_GFN, (uint16_t)value.first);
}

/* A policy names one view, not a later view with the same number. */
static struct undo_value get_policy(const struct control *c, unsigned int view, uint64_t at)
{
    const struct altp2m_view *v = &c->domain->views[view];
    bool names = altp2m_policy_names_view(v->policy);

    (void)at;
    return (struct undo_value){v->policy | (uint64_t)v->policy_view << 16,
                               names ? c->domain->views[v->policy_view].born : 0};
}

static int put_policy(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    enum altp2m_policy policy = (enum altp2m_policy)(value.first & 0xff);
    unsigned int other = value.first >> 16 & (ALTP2M_MAX_VIEWS - 1);

    (void)at;
    if ((altp2m_policy_names_view(policy) && c->domain->views[other].born != value.second) ||
        altp2m_set_policy(c->domain, view, policy, other)) {
        altp2m_set_policy(c->domain, view, ALTP2M_POLICY_NONE, 0);
    }
    return 0;
}

static struct undo_value get_name(const struct control *c, unsigned int view, uint64_t at)
{
    struct undo_value value;

    _Static_assert(sizeof(value) == ALTP2M_NAME_SIZE, "a name is two numbers");
    (void)at;
    __builtin_memcpy(&value, c->domain->views[view].name, sizeof(value));
    return value;
}

/* Another view may have the name now. */
static int put_name(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    char name[ALTP2M_NAME_SIZE];

    (void)at;
    __builtin_memcpy(name, &value, sizeof(name));
    altp2m_view_set_name(c->domain, view, name);
    return 0;
}

static struct undo_value get_visibility(const struct control *c, unsigned int view, uint64_t at)
{
    struct undo_value value = {0};

    (void)at;
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        value.first |= (uint64_t)altp2m_view_is_visible_to(c->domain, vcpu_of(c, i), view) << i;
    }
    return value;
}

static int put_visibility(struct control *c, unsigned int view, uint64_t at,
                          struct undo_value value)
{
    (void)at;
    for (unsigned int i = 0; i < c->vcpu_count; i++) {
        altp2m_set_visibility_for(c->domain, vcpu_of(c, i), view, value.first >> i & 1);
    }
    return 0;
}

static struct undo_value get_vmfunc(const struct control *c, unsigned int view, uint64_t at)
{
    (void)view;
    return (struct undo_value){vcpu_at(c, at)->vmfunc, 0};
}

static int put_vmfunc(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    (void)view;
    altp2m_set_vmfunc(c->domain, vcpu_at(c, at), value.first);
    return 0;
}

static struct undo_value get_notify(const struct control *c, unsigned int view, uint64_t at)
{
    (void)view;
    return (struct undo_value){vcpu_at(c, at)->notify_gfn, vcpu_at(c, at)->vmfunc};
}

/* Switching #VE on switches VMFUNC on as well. */
static int put_notify(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    (void)view;
    altp2m_disable_notify(c->domain, vcpu_at(c, at));
    if (value.first != ALTP2M_INVALID_GFN) {
        altp2m_enable_notify(c->domain, vcpu_at(c, at), value.first);
    }
    altp2m_set_vmfunc(c->domain, vcpu_at(c, at), value.second);
    return 0;
}

static struct undo_value get_byte(const struct control *c, unsigned int view, uint64_t at)
{
    const uint8_t *byte = memory_byte(c, at);

    (void)view;
    return (struct undo_value){byte ? *byte : NO_BYTE, 0};
}

static int put_byte(struct control *c, unsigned int view, uint64_t at, struct undo_value value)
{
    uint8_t *byte = memory_byte(c, at);

    (void)view;
    if (byte && value.first < NO_BYTE) {
        *byte = (uint8_t)value.first;
    }
    return 0;
}

/* An owner's own views are destroyed, not restored. */
static const struct {
    struct undo_value (*get)(const struct control *c, unsigned int view, uint64_t at);
    int (*put)(struct control *c, unsigned int view, uint64_t at, struct undo_value value);
} kinds[UNDO_KINDS] = {
    [UNDO_REMAP] = {get_remap, put_remap},
    [UNDO_ACCESS] = {get_access, put_access},
    [UNDO_SUPPRESS] = {get_suppress, put_suppress},
    [UNDO_DEFAULT] = {get_default, put_default},
    [UNDO_POLICY] = {get_policy, put_policy},
    [UNDO_NAME] = {get_name, put_name},
    [UNDO_VISIBILITY] = {get_visibility, put_visibility},
    [UNDO_VMFUNC] = {get_vmfunc, put_vmfunc},
    [UNDO_NOTIFY] = {get_notify, put_notify},
    [UNDO_BYTE] = {get_byte, put_byte},
};

struct undo_value undo_get(const struct control *c, enum undo_kind kind, unsigned int view,
                           uint64_t at)
{
    return kinds[kind].get(c, view, at);
}

int undo_put(struct control *c, enum undo_kind kind, unsigned int view, uint64_t at,
             struct undo_value value)
{
    int rc = kinds[kind].put(c, view, at, value);

    return rc == -XEN_ENOMEM ? rc : 0;
}
