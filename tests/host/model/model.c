/* SPDX-License-Identifier: BSD-2-Clause */
#include "model/model.h"

#include <string.h>
#include <xen/errno.h>
#include <xen/memory.h>

/* Rights an access wants. */
static unsigned int model_allows(unsigned int access)
{
    if (access == XENMEM_access_rx2rw)
        return ALTP2M_R | ALTP2M_X;
    if (access == XENMEM_access_n2rwx)
        return 0;
    return access; /* 0 to 7 are the rights themselves */
}

/* What the nearest narrower hardware entry grants of them. */
static unsigned int model_grants(const struct model *m, unsigned int access)
{
    switch (model_allows(access)) {
    case ALTP2M_W:
        return 0; /* writable entries must be readable */
    case ALTP2M_X:
    case ALTP2M_W | ALTP2M_X:
        return m->config.has_exec_only ? ALTP2M_X : 0;
    default:
        return model_allows(access);
    }
}

static void forget_settings(struct model *m, unsigned int view)
{
    struct model_view *v = &m->views[view];

    for (unsigned int i = 0; i < m->gfns->count; i++)
        v->set[i] = (struct model_setting){.access = v->default_access, .suppress = true};
}

void model_init(struct model *m, const struct sim_gfns *gfns, const struct altp2m_config *config)
{
    memset(m, 0, sizeof(*m));
    m->gfns = gfns;
    m->config = *config;
    m->default_access = XENMEM_access_rwx;
    for (unsigned int i = 0; i < gfns->count; i++)
        m->host[i].mfn = ALTP2M_INVALID_MFN;
    for (unsigned int i = 0; i < MODEL_MAX_VCPUS; i++)
        m->vcpus[i].notify_gfn = m->vcpus[i].notify_mfn = ALTP2M_INVALID_GFN;
    m->views[0].default_access = XENMEM_access_rwx;
    forget_settings(m, 0);
}

static bool in_range(const struct model *m, uint64_t gfn, uint64_t nr)
{
    uint64_t limit = UINT64_C(1) << m->config.gfn_bits;

    return nr && gfn < limit && nr <= limit - gfn;
}

/* The #VE page has gone or has changed its type: no #VE any more. */
static void check_notify(struct model *m)
{
    for (unsigned int i = 0; i < m->config.vcpu_count; i++) {
        struct model_vcpu *vcpu = &m->vcpus[i];

        if (!vcpu->notify)
            continue;
        struct altp2m_mapping now = m->host[sim_gfns_from(m->gfns, vcpu->notify_gfn)];
        if (now.type != ALTP2M_TYPE_RAM || now.mfn != vcpu->notify_mfn)
            model_disable_notify(m, i);
    }
}

static void set_range(struct model *m, uint64_t gfn, uint64_t nr, struct altp2m_mapping to)
{
    unsigned int first = sim_gfns_from(m->gfns, gfn);

    for (unsigned int i = first; i < m->gfns->count && m->gfns->gfn[i] - gfn < nr; i++) {
        m->host[i] = to;
        if (to.type != ALTP2M_TYPE_NONE)
            m->host[i].mfn = to.mfn + (m->gfns->gfn[i] - gfn);
    }
    check_notify(m);
}

/* Frames that are not the guest's, except those shown as such. */
bool model_may_lead_to(const struct model *m, struct altp2m_mapping to, uint64_t nr)
{
    for (unsigned int i = 0; i < m->config.kept_count; i++) {
        const struct altp2m_frames *k = &m->config.kept[i];

        if (to.mfn < k->end && to.mfn + nr > k->first &&
            (!k->shared || to.type != ALTP2M_TYPE_SPECIAL))
            return false;
    }
    return true;
}

int model_map(struct model *m, uint64_t gfn, uint64_t nr, struct altp2m_mapping to)
{
    if (!in_range(m, gfn, nr) || to.type == ALTP2M_TYPE_NONE)
        return -XEN_EINVAL;
    if (!model_may_lead_to(m, to, nr))
        return -XEN_EPERM;
    set_range(m, gfn, nr, to);
    return 0;
}

int model_unmap(struct model *m, uint64_t gfn, uint64_t nr)
{
    if (!in_range(m, gfn, nr))
        return -XEN_EINVAL;
    set_range(m, gfn, nr, (struct altp2m_mapping){.mfn = ALTP2M_INVALID_MFN});
    return 0;
}

static bool is_live(const struct model *m, unsigned int view)
{
    return view < m->config.view_count && m->views[view].live;
}

bool model_view_usable(const struct model *m, unsigned int view)
{
    return view == 0 || is_live(m, view);
}

static void show(struct model *m, unsigned int view, bool visible)
{
    for (unsigned int i = 0; i < m->config.vcpu_count; i++)
        m->views[view].visible[i] = visible;
}

bool model_is_visible(const struct model *m, unsigned int view)
{
    bool visible = view < m->config.view_count;

    for (unsigned int i = 0; visible && i < m->config.vcpu_count; i++)
        visible = m->views[view].visible[i];
    return visible;
}

static void undo(struct model *m, unsigned int view, unsigned int sample)
{
    struct model_view *v = &m->views[view];

    v->set[sample] = (struct model_setting){.access = v->default_access, .suppress = true};
}

void model_set_active(struct model *m, bool on)
{
    struct model_view *zero = &m->views[0];

    if (on == m->active)
        return;
    m->active = on;
    zero->live = on;
    show(m, 0, on);
    if (on)
        return;
    for (unsigned int i = 0; i < m->config.vcpu_count; i++)
        m->vcpus[i] =
            (struct model_vcpu){.notify_gfn = ALTP2M_INVALID_GFN, .notify_mfn = ALTP2M_INVALID_MFN};
    for (unsigned int i = 0; i < ALTP2M_MAX_VIEWS; i++) {
        m->views[i].live = false;
        show(m, i, false);
        model_forget_view(m, i);
    }
    for (unsigned int i = 0; i < m->gfns->count; i++)
        if (zero->set[i].remapped)
            undo(m, 0, i);
}

static bool resolve(const struct model *m, uint16_t access, uint8_t *resolved)
{
    if (access > XENMEM_access_default)
        return false;
    *resolved = access == XENMEM_access_default ? m->default_access : (uint8_t)access;
    return true;
}

int model_view_create(struct model *m, uint16_t access, uint16_t *view)
{
    uint8_t resolved;

    if (!resolve(m, access, &resolved))
        return -XEN_EINVAL;
    for (unsigned int i = 0; i < m->config.view_count; i++) {
        if (m->views[i].live)
            continue;
        m->views[i].live = true;
        show(m, i, true);
        m->views[i].default_access = resolved;
        forget_settings(m, i);
        *view = (uint16_t)i;
        return 0;
    }
    return -XEN_EINVAL;
}

int model_view_destroy(struct model *m, unsigned int view)
{
    if (view == 0 || !is_live(m, view) || model_count(m, view).vcpus)
        return -XEN_EBUSY;
    for (unsigned int i = 0; i < m->config.vcpu_count; i++)
        if (m->vcpus[i].away && m->vcpus[i].home == view)
            return -XEN_EBUSY;
    m->views[view].live = false;
    show(m, view, false);
    model_forget_view(m, view);
    return 0;
}

int model_switch_all(struct model *m, unsigned int view)
{
    if (!is_live(m, view) || !model_is_visible(m, view))
        return -XEN_EINVAL;
    for (unsigned int i = 0; i < m->config.vcpu_count; i++)
        model_vcpu_enter(m, i, view);
    return 0;
}

int model_set_visibility(struct model *m, unsigned int view, bool visible)
{
    if (!is_live(m, view))
        return -XEN_EINVAL;
    show(m, view, visible);
    return 0;
}

int model_set_visibility_for(struct model *m, unsigned int vcpu, unsigned int view, bool visible)
{
    if (!is_live(m, view))
        return -XEN_EINVAL;
    m->views[view].visible[vcpu] = visible;
    return 0;
}

static void move_out(struct model_vcpu *vcpu, unsigned int view, unsigned int to)
{
    if (vcpu->view == view)
        vcpu->view = to;
    if (vcpu->home == view)
        vcpu->home = to;
}

int model_evict(struct model *m, unsigned int vcpu, unsigned int view, unsigned int to)
{
    bool all = vcpu == MODEL_MAX_VCPUS;

    if (!is_live(m, view) || !is_live(m, to) || view == to)
        return -XEN_EINVAL;
    if (all ? !model_is_visible(m, to) : !m->views[to].visible[vcpu])
        return -XEN_EINVAL;
    for (unsigned int i = 0; i < m->config.vcpu_count; i++) {
        if (!all && i != vcpu)
            continue;
        m->views[view].visible[i] = false;
        move_out(&m->vcpus[i], view, to);
    }
    return 0;
}

/* The view's page there. */
static struct altp2m_mapping shown(const struct model *m, unsigned int view, unsigned int sample)
{
    const struct model_setting *set = &m->views[view].set[sample];

    return m->host[set->remapped ? set->target : sample];
}

static bool is_trapped(struct altp2m_mapping mapping)
{
    return mapping.type != ALTP2M_TYPE_NONE && mapping.memtype == ALTP2M_MEMTYPE_TRAP;
}

/* The hardware's rights for a page that is shown. */
static unsigned int grants(const struct model *m, struct altp2m_mapping to, unsigned int access)
{
    return to.type == ALTP2M_TYPE_NONE || is_trapped(to) ? 0 : model_grants(m, access);
}

static bool is_ram(struct altp2m_mapping mapping)
{
    return mapping.type == ALTP2M_TYPE_RAM || mapping.type == ALTP2M_TYPE_SPECIAL;
}

int model_set_access(struct model *m, unsigned int view, unsigned int sample, uint16_t access)
{
    uint8_t resolved;

    if (!model_view_usable(m, view) || !resolve(m, access, &resolved))
        return -XEN_EINVAL;
    if (!is_ram(shown(m, view, sample)))
        return -XEN_ESRCH;
    m->views[view].set[sample].access = resolved;
    return 0;
}

/* Xen: p2m_set_mem_access; it skips what is not RAM. */
int model_set_access_range(struct model *m, unsigned int view, uint64_t gfn, uint64_t nr,
                           uint16_t access, uint64_t *done)
{
    bool empty = nr == *done && gfn < UINT64_C(1) << m->config.gfn_bits;

    if (!model_view_usable(m, view) || *done > nr || (!empty && !in_range(m, gfn, nr)))
        return -XEN_EINVAL;
    for (; *done < nr; ++*done) {
        int rc = model_set_access(m, view, sim_gfns_from(m->gfns, gfn + *done), access);

        if (rc && rc != -XEN_ESRCH)
            return rc;
    }
    return 0;
}

int model_set_default_access(struct model *m, unsigned int view, uint16_t access)
{
    uint8_t resolved;

    if (!model_view_usable(m, view) || !resolve(m, access, &resolved))
        return -XEN_EINVAL;
    m->default_access = resolved;
    return 0;
}

int model_get_access(const struct model *m, unsigned int view, unsigned int sample,
                     uint16_t *access)
{
    if (!model_view_usable(m, view))
        return -XEN_EINVAL;
    if (shown(m, view, sample).type == ALTP2M_TYPE_NONE)
        return -XEN_ESRCH;
    *access = m->views[view].set[sample].access;
    return 0;
}

int model_set_suppress_ve(struct model *m, unsigned int view, unsigned int sample, bool suppress)
{
    if (!model_view_usable(m, view))
        return -XEN_EINVAL;
    m->views[view].set[sample].suppress = suppress;
    return 0;
}

int model_get_suppress_ve(const struct model *m, unsigned int view, unsigned int sample,
                          bool *suppress)
{
    if (!model_view_usable(m, view))
        return -XEN_EINVAL;
    if (shown(m, view, sample).type == ALTP2M_TYPE_NONE)
        return -XEN_ESRCH;
    *suppress = m->views[view].set[sample].suppress;
    return 0;
}

int model_remap(struct model *m, unsigned int view, unsigned int sample, unsigned int target,
                bool suppress)
{
    struct model_setting *set;
    const struct model_setting *from;

    if (!is_live(m, view))
        return -XEN_EINVAL;
    set = m->views[view].set;
    from = &set[target];
    if (!is_ram(shown(m, view, target)))
        return -XEN_ESRCH;
    if (!is_ram(shown(m, view, sample)) && !is_ram(m->host[sample]))
        return -XEN_ESRCH;
    /* A remap of a remapped gfn shows the page of the first remap. */
    set[sample] =
        (struct model_setting){.access = from->access,
                               .suppress = suppress,
                               .remapped = true,
                               .target = from->remapped ? from->target : (uint16_t)target};
    return 0;
}

int model_undo(struct model *m, unsigned int view, unsigned int sample)
{
    if (!is_live(m, view))
        return -XEN_EINVAL;
    undo(m, view, sample);
    return 0;
}

int model_enable_notify(struct model *m, unsigned int vcpu, unsigned int sample)
{
    struct model_vcpu *v = &m->vcpus[vcpu];

    if (v->notify)
        return -XEN_EEXIST;
    if (m->host[sample].type != ALTP2M_TYPE_RAM)
        return m->host[sample].type == ALTP2M_TYPE_MMIO ? -XEN_EPERM : -XEN_EINVAL;
    v->notify = v->vmfunc = true;
    v->notify_gfn = m->gfns->gfn[sample];
    v->notify_mfn = m->host[sample].mfn;
    return 0;
}

void model_disable_notify(struct model *m, unsigned int vcpu)
{
    struct model_vcpu *v = &m->vcpus[vcpu];

    v->notify = false;
    v->notify_gfn = v->notify_mfn = ALTP2M_INVALID_GFN;
}

static bool is_hole(const struct model *m, unsigned int view, unsigned int sample)
{
    return model_translate(m, view, sample).to.type == ALTP2M_TYPE_NONE;
}

int model_lift(struct model *m, unsigned int view, unsigned int sample)
{
    if (!model_view_usable(m, view) || is_hole(m, view, sample))
        return -XEN_ESRCH;
    m->views[view].set[sample].access = XENMEM_access_rwx;
    return 0;
}

enum altp2m_verdict model_unheard(struct model *m, unsigned int vcpu, unsigned int sample)
{
    unsigned int view = m->vcpus[vcpu].view;

    if (is_hole(m, view, sample))
        return ALTP2M_VERDICT_HOLE;
    if (m->config.access_required)
        return ALTP2M_VERDICT_STOP;
    m->views[view].set[sample].access = XENMEM_access_rwx;
    return ALTP2M_VERDICT_RUN;
}

/* Xen: p2m_mem_access_check up to the listener: one conversion ends it, the other does not. */
enum altp2m_verdict model_unnotified(struct model *m, unsigned int vcpu, unsigned int sample,
                                     unsigned int wants)
{
    struct model_setting *set = &m->views[m->vcpus[vcpu].view].set[sample];

    if (is_hole(m, m->vcpus[vcpu].view, sample))
        return ALTP2M_VERDICT_HOLE;
    if (set->access == XENMEM_access_rx2rw && (wants & ALTP2M_W)) {
        set->access = XENMEM_access_rw;
        return ALTP2M_VERDICT_RUN;
    }
    if (set->access != XENMEM_access_n2rwx)
        return ALTP2M_VERDICT_RESTRICTED;
    set->access = XENMEM_access_rwx;
    return ALTP2M_VERDICT_CONVERTED;
}

static enum altp2m_verdict decide(struct model *m, unsigned int vcpu, unsigned int sample,
                                  unsigned int wants)
{
    const struct model_vcpu *v = &m->vcpus[vcpu];
    struct altp2m_translation t = model_translate(m, v->view, sample);
    bool hole = t.to.type == ALTP2M_TYPE_NONE;
    bool cpu_asks = t.rights == model_allows(t.access) || hole;
    bool notify = v->notify && !t.suppress_ve && !(m->config.has_ve && cpu_asks);

    if (!hole && !(wants & ~t.rights))
        return ALTP2M_VERDICT_RUN;
    if (!hole && !(wants & ~model_allows(t.access)))
        return ALTP2M_VERDICT_STEP;
    return notify ? ALTP2M_VERDICT_NOTIFY : model_unnotified(m, vcpu, sample, wants);
}

enum altp2m_verdict model_violation(struct model *m, unsigned int vcpu, unsigned int sample,
                                    unsigned int wants)
{
    enum altp2m_verdict verdict = decide(m, vcpu, sample, wants);

    switch (verdict) {
    case ALTP2M_VERDICT_RUN:
    case ALTP2M_VERDICT_STEP:
    case ALTP2M_VERDICT_HOLE:
        return verdict;
    default:
        m->views[m->vcpus[vcpu].view].violations++;
        return verdict;
    }
}

static bool is_set(const struct model *m, unsigned int view, unsigned int sample)
{
    const struct model_view *v = &m->views[view];
    const struct model_setting *set = &v->set[sample];

    return set->remapped || !set->suppress || set->access != v->default_access;
}

struct altp2m_translation model_translate(const struct model *m, unsigned int view,
                                          unsigned int sample)
{
    const struct model_setting *set = &m->views[view].set[sample];
    struct altp2m_mapping to = shown(m, view, sample);

    return (struct altp2m_translation){
        .to = to,
        .access = set->access,
        .rights = grants(m, to, set->access),
        .suppress_ve = set->suppress,
        .overridden = is_set(m, view, sample),
        .remapped = set->remapped,
    };
}

bool model_hardware_suppress(const struct model *m, unsigned int view, unsigned int sample)
{
    const struct model_setting *set = &m->views[view].set[sample];

    return m->config.format == ALTP2M_FORMAT_NPT || set->suppress ||
           model_grants(m, set->access) != model_allows(set->access) ||
           is_trapped(shown(m, view, sample));
}

struct model_counts model_count(const struct model *m, unsigned int view)
{
    const struct sim_gfns *g = m->gfns;
    struct model_counts c = {.table_pages = 1};
    int last[4] = {-1, -1, -1, -1};

    for (unsigned int i = 0; i < g->count; i++) {
        if (!is_set(m, view, i))
            continue;
        c.overrides++;
        c.remaps += m->views[view].set[i].remapped;
        for (unsigned int level = 1; level <= 3; level++) {
            c.table_pages += last[level] != g->region[level][i];
            last[level] = g->region[level][i];
        }
    }
    for (unsigned int i = 0; i < m->config.vcpu_count; i++)
        c.vcpus += m->vcpus[i].view == view;
    return c;
}

bool model_guest_may_change(const struct model *m, unsigned int view, unsigned int sample)
{
    bool all = m->config.mode != ALTP2M_MODE_MIXED;

    for (unsigned int i = 0; i < m->config.view_count; i++) {
        const struct model_setting *set = &m->views[i].set[sample];

        if ((all ? model_view_usable(m, i) : i == view) &&
            (set->access != XENMEM_access_rwx || set->remapped))
            return false;
    }
    return true;
}
