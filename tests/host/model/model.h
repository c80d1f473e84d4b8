/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reference: the engine's promises, in flat arrays, with one entry for each sampled guest
 * frame. Nothing is shared, lazy or clever. Each operation is its description in <altview/altp2m.h>
 * as the shortest loop.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "sim/gfns.h"

#include <altview/altp2m.h>

#define MODEL_MAX_VCPUS 4

/* A view's settings for one gfn. */
struct model_setting {
    uint8_t access;
    bool suppress;
    bool remapped;
    uint16_t target; /* the sample of the shown page, if remapped */
};

struct model_view {
    bool live;
    bool visible[MODEL_MAX_VCPUS]; /* for each vCPU */
    uint8_t default_access;
    uint64_t violations;
    char name[ALTP2M_NAME_SIZE];
    enum altp2m_policy policy;
    unsigned int policy_view;
    struct model_setting set[SIM_MAX_SAMPLES];
};

struct model_vcpu {
    unsigned int view;
    bool away; /* for one instruction only; then it goes back to `home` */
    unsigned int home;
    bool vmfunc;
    bool notify;
    uint64_t notify_gfn, notify_mfn;
};

struct model {
    const struct sim_gfns *gfns;
    struct altp2m_config config;
    bool active;
    uint8_t default_access;
    struct altp2m_mapping host[SIM_MAX_SAMPLES];
    struct model_vcpu vcpus[MODEL_MAX_VCPUS];
    struct model_view views[ALTP2M_MAX_VIEWS];
};

void model_init(struct model *m, const struct sim_gfns *gfns, const struct altp2m_config *config);

/* Each returns what the engine's function of that name must return. */
bool model_may_lead_to(const struct model *m, struct altp2m_mapping to, uint64_t nr);
int model_map(struct model *m, uint64_t gfn, uint64_t nr, struct altp2m_mapping to);
int model_unmap(struct model *m, uint64_t gfn, uint64_t nr);
void model_set_active(struct model *m, bool on);
int model_view_create(struct model *m, uint16_t access, uint16_t *view);
int model_view_destroy(struct model *m, unsigned int view);
int model_switch_all(struct model *m, unsigned int view);
int model_set_visibility(struct model *m, unsigned int view, bool visible);
int model_set_visibility_for(struct model *m, unsigned int vcpu, unsigned int view, bool visible);
/* Of that vCPU, or of all with MODEL_MAX_VCPUS. */
int model_evict(struct model *m, unsigned int vcpu, unsigned int view, unsigned int to);
/* To all of them. */
bool model_is_visible(const struct model *m, unsigned int view);
int model_set_access(struct model *m, unsigned int view, unsigned int sample, uint16_t access);
int model_set_default_access(struct model *m, unsigned int view, uint16_t access);
int model_get_access(const struct model *m, unsigned int view, unsigned int sample,
                     uint16_t *access);
int model_set_suppress_ve(struct model *m, unsigned int view, unsigned int sample, bool suppress);
int model_get_suppress_ve(const struct model *m, unsigned int view, unsigned int sample,
                          bool *suppress);
int model_remap(struct model *m, unsigned int view, unsigned int sample, unsigned int target,
                bool suppress);
int model_undo(struct model *m, unsigned int view, unsigned int sample);
int model_enable_notify(struct model *m, unsigned int vcpu, unsigned int sample);
void model_disable_notify(struct model *m, unsigned int vcpu);
enum altp2m_verdict model_violation(struct model *m, unsigned int vcpu, unsigned int sample,
                                    unsigned int wants);
enum altp2m_verdict model_unnotified(struct model *m, unsigned int vcpu, unsigned int sample,
                                     unsigned int wants);
enum altp2m_verdict model_unheard(struct model *m, unsigned int vcpu, unsigned int sample);
int model_lift(struct model *m, unsigned int view, unsigned int sample);
/* Only for ranges in which every gfn is a sample. */
int model_set_access_range(struct model *m, unsigned int view, uint64_t gfn, uint64_t nr,
                           uint16_t access, uint64_t *done);

/* monitor.c */
int model_view_clone(struct model *m, unsigned int from, uint16_t *view);
int model_set_name(struct model *m, unsigned int view, const char name[ALTP2M_NAME_SIZE]);
int model_set_policy(struct model *m, unsigned int view, enum altp2m_policy policy,
                     unsigned int policy_view);
int model_vcpu_enter(struct model *m, unsigned int vcpu, unsigned int view);
int model_vcpu_go_away(struct model *m, unsigned int vcpu, unsigned int view);
void model_vcpu_come_home(struct model *m, unsigned int vcpu);
/* Whether it will go back. It does not if the guest has left by itself. */
bool model_guest_may_change(const struct model *m, unsigned int view, unsigned int sample);
/* Removes a view's name, policy and count, and the policies that name the view. */
void model_forget_view(struct model *m, unsigned int view);

/* View 0 accepts operations while altp2m is off. */
bool model_view_usable(const struct model *m, unsigned int view);

struct altp2m_translation model_translate(const struct model *m, unsigned int view,
                                          unsigned int sample);
/* Whether hardware holds back its own #VE there. NPT has none. */
bool model_hardware_suppress(const struct model *m, unsigned int view, unsigned int sample);

struct model_counts {
    uint32_t overrides, remaps, table_pages, vcpus;
};
struct model_counts model_count(const struct model *m, unsigned int view);

#endif
