/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every sub-operation except the lists: each possible error, and the effect of a success. One row
 * is one call on the scene that unit/scene.h describes. A 64-bit and a 32-bit guest make it: the
 * layouts are the same.
 */
#include "hvmop/call.h"

struct row {
    const char *name;
    uint32_t cmd;
    union call_args args;
    long want;
    bool privileged;
    /* With rc 0: the condition that must hold then. `c` has the new contents of guest memory. */
    bool (*holds)(const struct scene *s, const struct call *c);
};

#define ENABLE(...)     .cmd = HVMOP_altp2m_vcpu_enable_notify, .args.enable_notify = {__VA_ARGS__}
#define DISABLE(...)    .cmd = HVMOP_altp2m_vcpu_disable_notify, .args.disable_notify = {__VA_ARGS__}
#define SET_STATE(...)  .cmd = HVMOP_altp2m_set_domain_state, .args.domain_state = {__VA_ARGS__}
#define GET_STATE(...)  .cmd = HVMOP_altp2m_get_domain_state, .args.domain_state = {__VA_ARGS__}
#define CREATE(...)     .cmd = HVMOP_altp2m_create_p2m, .args.view = {__VA_ARGS__}
#define DESTROY(...)    .cmd = HVMOP_altp2m_destroy_p2m, .args.view = {__VA_ARGS__}
#define SWITCH(...)     .cmd = HVMOP_altp2m_switch_p2m, .args.view = {__VA_ARGS__}
#define SET_ACCESS(...) .cmd = HVMOP_altp2m_set_mem_access, .args.mem_access = {__VA_ARGS__}
#define GET_ACCESS(...) .cmd = HVMOP_altp2m_get_mem_access, .args.mem_access = {__VA_ARGS__}
#define SET_SVE(...)    .cmd = HVMOP_altp2m_set_suppress_ve, .args.suppress_ve = {__VA_ARGS__}
#define GET_SVE(...)    .cmd = HVMOP_altp2m_get_suppress_ve, .args.suppress_ve = {__VA_ARGS__}
#define CHANGE(...)     .cmd = HVMOP_altp2m_change_gfn, .args.change_gfn = {__VA_ARGS__}
#define GET_IDX(...)    .cmd = HVMOP_altp2m_get_p2m_idx, .args.get_p2m_idx = {__VA_ARGS__}
#define VISIBLE(...)    .cmd = HVMOP_altp2m_set_visibility, .args.set_visibility = {__VA_ARGS__}
#define VMFUNC(...)     .cmd = HVMOP_altview_set_vmfunc, .args.set_vmfunc = {__VA_ARGS__}
#define INFO(...)       .cmd = HVMOP_altview_view_info, .args.view_info = {__VA_ARGS__}
#define EXITS(...)      .cmd = HVMOP_altview_exit_count, .args.exit_count = {__VA_ARGS__}
#define CLONE(...)      .cmd = HVMOP_altview_clone_view, .args.clone_view = {__VA_ARGS__}

#define VISIBILITY(...) .cmd = HVMOP_altview_set_visibility, .args.visibility = {__VA_ARGS__}
#define ALL             .vcpu_id = ALTVIEW_VCPU_ALL
#define STAY            .evict_to = ALTVIEW_EVICT_NONE

static bool state_is_on(const struct scene *s, const struct call *c)
{
    return s->d->active && c->envelope.args.domain_state.state == 1;
}

static bool is_off(const struct scene *s, const struct call *c)
{
    (void)c;
    return !s->d->active && s->machine.vcpus[1].view == 0;
}

static bool notify_is_on(const struct scene *s, const struct call *c)
{
    const struct altp2m_vcpu *vcpu = &s->machine.vcpus[0];

    (void)c;
    return vcpu->vmfunc && vcpu->notify_gfn == 0x21 && vcpu->notify_mfn == 0x21 + SCENE_MFN;
}

/* VMFUNC stays on: Xen's altp2m_vcpu_disable_ve does not change it. */
static bool notify_is_off(const struct scene *s, const struct call *c)
{
    const struct altp2m_vcpu *vcpu = &s->machine.vcpus[c->envelope.args.disable_notify.vcpu_id];

    return vcpu->notify_gfn == ALTP2M_INVALID_GFN && vcpu->vmfunc == (vcpu->id == 2);
}

static bool view_4_is_new(const struct scene *s, const struct call *c)
{
    uint16_t access = c->envelope.args.view.hvmmem_default_access;

    if (access == XENMEM_access_default)
        access = XENMEM_access_rwx;
    return c->envelope.args.view.view == 4 && altp2m_view_is_visible(s->d, 4) &&
           scene_access(s, 4, 0x10) == access;
}

static bool view_is_gone(const struct scene *s, const struct call *c)
{
    return !altp2m_view_is_live(s->d, c->envelope.args.view.view);
}

static bool all_are_in_the_view(const struct scene *s, const struct call *c)
{
    for (unsigned int i = 0; i < SIM_VCPUS; i++)
        if (s->machine.vcpus[i].view != c->envelope.args.view.view)
            return false;
    return true;
}

static bool access_is_set(const struct scene *s, const struct call *c)
{
    const struct xen_hvm_altp2m_mem_access *args = &c->envelope.args.mem_access;

    return scene_access(s, args->view, args->gfn) == args->access;
}

static bool access_became_rwx(const struct scene *s, const struct call *c)
{
    const struct xen_hvm_altp2m_mem_access *args = &c->envelope.args.mem_access;

    return scene_access(s, args->view, args->gfn) == XENMEM_access_rwx;
}

static bool nothing_is_set(const struct scene *s, const struct call *c)
{
    const struct xen_hvm_altp2m_mem_access *args = &c->envelope.args.mem_access;

    return !altp2m_translate(s->d, args->view, args->gfn).overridden;
}

static bool default_is_set(const struct scene *s, const struct call *c)
{
    return scene_access(s, 0, ALTP2M_INVALID_GFN) == c->envelope.args.mem_access.access;
}

static bool answers_r(const struct scene *s, const struct call *c)
{
    (void)s;
    return c->envelope.args.mem_access.access == XENMEM_access_r;
}

static bool answers_rwx(const struct scene *s, const struct call *c)
{
    (void)s;
    return c->envelope.args.mem_access.access == XENMEM_access_rwx;
}

static bool suppress_is_set(const struct scene *s, const struct call *c)
{
    const struct xen_hvm_altp2m_suppress_ve *args = &c->envelope.args.suppress_ve;

    return altp2m_translate(s->d, args->view, args->gfn).suppress_ve == !!args->suppress_ve;
}

static bool answers_suppressed(const struct scene *s, const struct call *c)
{
    (void)s;
    return c->envelope.args.suppress_ve.suppress_ve == 1;
}

static bool answers_not_suppressed(const struct scene *s, const struct call *c)
{
    (void)s;
    return c->envelope.args.suppress_ve.suppress_ve == 0;
}

/* #VE is suppressed for a remap unless the guest itself made it: Xen's `current->domain != d`. */
static bool is_remapped(const struct scene *s, const struct call *c)
{
    const struct xen_hvm_altp2m_change_gfn *args = &c->envelope.args.change_gfn;
    struct altp2m_translation t = altp2m_translate(s->d, args->view, args->old_gfn);

    return t.remapped && t.to.mfn == args->new_gfn + SCENE_MFN && t.suppress_ve == c->privileged;
}

static bool is_not_remapped(const struct scene *s, const struct call *c)
{
    const struct xen_hvm_altp2m_change_gfn *args = &c->envelope.args.change_gfn;

    return !altp2m_translate(s->d, args->view, args->old_gfn).overridden;
}

static bool answers_view_0(const struct scene *s, const struct call *c)
{
    (void)s;
    return c->envelope.args.get_p2m_idx.altp2m_idx == 0;
}

static bool answers_view_1(const struct scene *s, const struct call *c)
{
    (void)s;
    return c->envelope.args.get_p2m_idx.altp2m_idx == 1;
}

static bool is_visible(const struct scene *s, const struct call *c)
{
    return altp2m_view_is_visible(s->d, c->envelope.args.set_visibility.altp2m_idx);
}

static bool is_hidden(const struct scene *s, const struct call *c)
{
    unsigned int view = c->envelope.args.set_visibility.altp2m_idx;

    return altp2m_view_is_live(s->d, view) && !altp2m_view_is_visible(s->d, view);
}

static bool vmfunc_is_set(const struct scene *s, const struct call *c)
{
    const struct altview_set_vmfunc *args = &c->envelope.args.set_vmfunc;
    const struct altp2m_vcpu *vcpu = &s->machine.vcpus[args->vcpu_id];

    return vcpu->vmfunc == !!args->enable &&
           (vcpu->notify_gfn == ALTP2M_INVALID_GFN) == (args->vcpu_id != 2);
}

static bool describes_view_1(const struct scene *s, const struct call *c)
{
    static const struct altview_view_info want = {.view = 1,
                                                  .live = 1,
                                                  .visible = 1,
                                                  .default_access = XENMEM_access_rwx,
                                                  .overrides = 3,
                                                  .remaps = 1,
                                                  .table_pages = 4,
                                                  .vcpus = 1};

    (void)s;
    return !memcmp(&c->envelope.args.view_info, &want, sizeof(want));
}

static bool describes_view_3(const struct scene *s, const struct call *c)
{
    static const struct altview_view_info want = {
        .view = 3, .live = 1, .default_access = XENMEM_access_rwx, .table_pages = 1};

    (void)s;
    return !memcmp(&c->envelope.args.view_info, &want, sizeof(want));
}

/* All fields are zero except the index: the call overwrites the guest's old contents. */
static bool describes_a_free_slot(const struct scene *s, const struct call *c)
{
    struct altview_view_info want = {.view = c->envelope.args.view_info.view};

    (void)s;
    return !memcmp(&c->envelope.args.view_info, &want, sizeof(want));
}

/* The scene has none, so this hides one from vCPU 2 first. */
static void info_tells_some(void **state)
{
    struct scene *s = *state;
    struct call c = call_new(s, HVMOP_altview_view_info);

    assert_int_equal(altp2m_set_visibility_for(s->d, &s->machine.vcpus[2], 2, false), 0);
    c.envelope.args.view_info.view = 2;
    assert_int_equal(call_make(&c), 0);
    assert_int_equal(c.envelope.args.view_info.visible, ALTVIEW_VISIBLE_TO_SOME);
}

static bool counts_of_the_machine(const struct scene *s, const struct call *c)
{
    const struct altview_exit_count *args = &c->envelope.args.exit_count;

    (void)s;
    return args->count == UINT64_C(0x100000000) * args->vcpu_id + args->reason;
}

static bool has_cloned_view_1(const struct scene *s, const struct call *c)
{
    return c->envelope.args.clone_view.view == 4 && altp2m_view_is_visible(s->d, 4) &&
           scene_access(s, 4, 0x10) == XENMEM_access_r && altp2m_translate(s->d, 4, 0x11).remapped;
}

/* Each vCPU meant has the setting; if the call is about one, the others are unchanged. */
static bool is_seen_so(const struct scene *s, const struct call *c)
{
    const struct altview_set_visibility *args = &c->envelope.args.visibility;
    bool before = args->view != 3;

    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        bool meant = args->vcpu_id == ALTVIEW_VCPU_ALL || args->vcpu_id == i;

        if (altp2m_view_is_visible_to(s->d, &s->machine.vcpus[i], args->view) !=
            (meant ? !!args->visible : before))
            return false;
    }
    return true;
}

/* Only vCPU 1 was in view 1. */
static bool has_left(const struct scene *s, const struct call *c)
{
    return is_seen_so(s, c) && s->machine.vcpus[1].view == c->envelope.args.visibility.evict_to &&
           s->machine.vcpus[0].view == 0 && s->machine.vcpus[2].view == 0;
}

static bool has_stayed(const struct scene *s, const struct call *c)
{
    return is_seen_so(s, c) && s->machine.vcpus[1].view == 1;
}

static const struct row rows[] = {
    {"the state is on", GET_STATE(0), 0, .holds = state_is_on},
    {"on again", SET_STATE(1), 0, .holds = state_is_on},
    {"off", SET_STATE(0), 0, .holds = is_off},

    {"#VE on", ENABLE(.vcpu_id = 0, .gfn = 0x21), 0, .holds = notify_is_on},
    {"#VE: pad", ENABLE(.vcpu_id = 0, .pad = 1, .gfn = 0x21), -XEN_EINVAL},
    {"#VE: no such vCPU", ENABLE(.vcpu_id = 3, .gfn = 0x21), -XEN_EINVAL},
    {"#VE: no such vCPU, far", ENABLE(.vcpu_id = UINT32_MAX, .gfn = 0x21), -XEN_EINVAL},
    {"#VE: already on", ENABLE(.vcpu_id = 2, .gfn = 0x21), -XEN_EEXIST},
    {"#VE: already on comes before the gfn", ENABLE(.vcpu_id = 2, .gfn = SCENE_HOLE), -XEN_EEXIST},
    {"#VE: pad comes before already on", ENABLE(.vcpu_id = 2, .pad = 1), -XEN_EINVAL},
    {"#VE: a hole", ENABLE(.vcpu_id = 0, .gfn = SCENE_HOLE), -XEN_EINVAL},
    {"#VE: a device", ENABLE(.vcpu_id = 0, .gfn = SCENE_DEVICE), -XEN_EPERM},
    {"#VE: a page of the hypervisor's", ENABLE(.vcpu_id = 0, .gfn = SCENE_SPECIAL), -XEN_EINVAL},
    {"#VE: beyond", ENABLE(.vcpu_id = 0, .gfn = SCENE_BEYOND), -XEN_EINVAL},
    {"#VE: ~0", ENABLE(.vcpu_id = 0, .gfn = ALTP2M_INVALID_GFN), -XEN_EINVAL},
    {"#VE off", DISABLE(.vcpu_id = 2), 0, .holds = notify_is_off},
    {"#VE off while off", DISABLE(.vcpu_id = 0), 0, .holds = notify_is_off},
    {"#VE off: no such vCPU", DISABLE(.vcpu_id = 3), -XEN_EINVAL},

    {"create n", CREATE(.hvmmem_default_access = 0), 0, .holds = view_4_is_new},
    {"create rwx", CREATE(.view = 77, .hvmmem_default_access = 7), 0, .holds = view_4_is_new},
    {"create n2rwx", CREATE(.hvmmem_default_access = 9), 0, .holds = view_4_is_new},
    {"create default", CREATE(.hvmmem_default_access = 10), 0, .holds = view_4_is_new},
    {"create: no such access", CREATE(.hvmmem_default_access = 11), -XEN_EINVAL},
    {"create: 0x107 is not 7", CREATE(.hvmmem_default_access = 0x107), -XEN_EINVAL},

    {"destroy", DESTROY(.view = 2), 0, .holds = view_is_gone},
    {"destroy a hidden one", DESTROY(.view = 3), 0, .holds = view_is_gone},
    {"destroy: view 0", DESTROY(.view = 0), -XEN_EBUSY},
    {"destroy: in use", DESTROY(.view = 1), -XEN_EBUSY},
    {"destroy: not live", DESTROY(.view = 4), -XEN_EBUSY},
    {"destroy: beyond the table", DESTROY(.view = 10), -XEN_EBUSY},
    {"destroy: far beyond", DESTROY(.view = 65535), -XEN_EBUSY},

    {"switch", SWITCH(.view = 2), 0, .holds = all_are_in_the_view},
    {"switch to view 0", SWITCH(.view = 0), 0, .holds = all_are_in_the_view},
    {"switch: hidden", SWITCH(.view = 3), -XEN_EINVAL},
    {"switch: not live", SWITCH(.view = 4), -XEN_EINVAL},
    {"switch: beyond the table", SWITCH(.view = 10), -XEN_EINVAL},
    {"switch: far beyond", SWITCH(.view = 512), -XEN_EINVAL},

    {"set access", SET_ACCESS(.view = 2, .access = 3, .gfn = 5), 0, .holds = access_is_set},
    {"set access in view 0", SET_ACCESS(.access = 1, .gfn = 5), 0, .holds = access_is_set},
    {"set access in a hidden view", SET_ACCESS(.view = 3, .gfn = 5), 0, .holds = access_is_set},
    {"set default access", SET_ACCESS(.view = 1, .access = 10, .gfn = 0x10), 0,
     .holds = access_became_rwx},
    {"set what default means", SET_ACCESS(.view = 1, .access = 5, .gfn = ~UINT64_C(0)), 0,
     .holds = default_is_set},
    {"set access: pad", SET_ACCESS(.view = 1, .access = 1, .pad = 1, .gfn = 5), -XEN_EINVAL},
    {"set access: not live", SET_ACCESS(.view = 4, .access = 1, .gfn = 5), -XEN_EINVAL},
    {"set access: far beyond", SET_ACCESS(.view = 512, .access = 1, .gfn = 5), -XEN_EINVAL},
    {"set access: no such access", SET_ACCESS(.view = 1, .access = 11, .gfn = 5), -XEN_EINVAL},
    {"set access: not in a byte", SET_ACCESS(.view = 1, .access = 0x100, .gfn = 5), -XEN_EINVAL},
    {"set access: a hole is skipped", SET_ACCESS(.view = 1, .access = 1, .gfn = SCENE_HOLE), 0,
     .holds = nothing_is_set},
    {"set access: a device is skipped", SET_ACCESS(.view = 1, .access = 1, .gfn = SCENE_DEVICE), 0,
     .holds = nothing_is_set},
    {"set access: beyond is a hole", SET_ACCESS(.view = 1, .access = 1, .gfn = SCENE_BEYOND), 0,
     .holds = nothing_is_set},
    {"set access: but not in view 0", SET_ACCESS(.access = 1, .gfn = SCENE_BEYOND), -XEN_EINVAL},

    {"get access", GET_ACCESS(.view = 1, .gfn = 0x10), 0, .holds = answers_r},
    {"get access: the view's default", GET_ACCESS(.view = 2, .gfn = 0x10), 0, .holds = answers_r},
    {"get access: a device has it too", GET_ACCESS(.view = 2, .gfn = SCENE_DEVICE), 0,
     .holds = answers_r},
    {"get what default means", GET_ACCESS(.gfn = ~UINT64_C(0)), 0, .holds = answers_rwx},
    {"get the view's own default", GET_ACCESS(.view = 2, .gfn = ~UINT64_C(0)), 0,
     .holds = answers_r},
    {"get access: pad", GET_ACCESS(.view = 1, .pad = 1, .gfn = 5), -XEN_EINVAL},
    {"get access: not live", GET_ACCESS(.view = 9, .gfn = 5), -XEN_EINVAL},
    {"get access: far beyond", GET_ACCESS(.view = 65535, .gfn = 5), -XEN_EINVAL},
    {"get access: a hole", GET_ACCESS(.view = 1, .gfn = SCENE_HOLE), -XEN_ESRCH},
    {"get access: beyond", GET_ACCESS(.view = 1, .gfn = SCENE_BEYOND), -XEN_ESRCH},

    {"clear suppress-#VE", SET_SVE(.view = 2, .gfn = 5), 0, .holds = suppress_is_set},
    {"set suppress-#VE", SET_SVE(.view = 1, .suppress_ve = 1, .gfn = 0x13), 0,
     .holds = suppress_is_set},
    {"suppress-#VE is a boolean", SET_SVE(.view = 1, .suppress_ve = 2, .gfn = 0x13), 0,
     .holds = suppress_is_set},
    {"suppress-#VE of a hole", SET_SVE(.view = 1, .gfn = SCENE_HOLE), 0, .holds = suppress_is_set},
    {"suppress-#VE: pad1", SET_SVE(.view = 1, .pad1 = 1, .gfn = 5), -XEN_EINVAL},
    {"suppress-#VE: pad2", SET_SVE(.view = 1, .pad2 = 1, .gfn = 5), -XEN_EINVAL},
    {"suppress-#VE: not live", SET_SVE(.view = 4, .gfn = 5), -XEN_EINVAL},
    {"suppress-#VE: far beyond", SET_SVE(.view = 512, .gfn = 5), -XEN_EINVAL},
    {"get suppress-#VE", GET_SVE(.view = 1, .gfn = 0x10), 0, .holds = answers_suppressed},
    {"get cleared suppress-#VE", GET_SVE(.view = 1, .suppress_ve = 1, .gfn = 0x13), 0,
     .holds = answers_not_suppressed},
    {"get suppress-#VE: pad1", GET_SVE(.view = 1, .pad1 = 1, .gfn = 5), -XEN_EINVAL},
    {"get suppress-#VE: pad2", GET_SVE(.view = 1, .pad2 = 1, .gfn = 5), -XEN_EINVAL},
    {"get suppress-#VE: not live", GET_SVE(.view = 4, .gfn = 5), -XEN_EINVAL},
    {"get suppress-#VE: a hole", GET_SVE(.view = 1, .gfn = SCENE_HOLE), -XEN_ESRCH},

    {"remap", CHANGE(.view = 1, .old_gfn = 5, .new_gfn = 6), 0, .holds = is_remapped},
    {"remap by a tool", CHANGE(.view = 1, .old_gfn = 5, .new_gfn = 6), 0, .privileged = true,
     .holds = is_remapped},
    {"remap again", CHANGE(.view = 1, .old_gfn = 0x11, .new_gfn = 6), 0, .holds = is_remapped},
    {"undo a remap", CHANGE(.view = 1, .old_gfn = 0x11, .new_gfn = ~UINT64_C(0)), 0,
     .holds = is_not_remapped},
    {"undo nothing", CHANGE(.view = 1, .old_gfn = 5, .new_gfn = ~UINT64_C(0)), 0,
     .holds = is_not_remapped},
    {"remap: pad1", CHANGE(.view = 1, .pad1 = 1, .old_gfn = 5, .new_gfn = 6), -XEN_EINVAL},
    {"remap: pad2", CHANGE(.view = 1, .pad2 = 1, .old_gfn = 5, .new_gfn = 6), -XEN_EINVAL},
    {"remap: not live", CHANGE(.view = 4, .old_gfn = 5, .new_gfn = 6), -XEN_EINVAL},
    {"remap: far beyond", CHANGE(.view = 65535, .old_gfn = 5, .new_gfn = 6), -XEN_EINVAL},
    {"remap: a hole", CHANGE(.view = 1, .old_gfn = SCENE_HOLE, .new_gfn = 6), -XEN_ESRCH},
    {"remap: to a hole", CHANGE(.view = 1, .old_gfn = 5, .new_gfn = SCENE_HOLE), -XEN_ESRCH},
    {"remap: a device", CHANGE(.view = 1, .old_gfn = SCENE_DEVICE, .new_gfn = 6), -XEN_ESRCH},
    {"remap: to a device", CHANGE(.view = 1, .old_gfn = 5, .new_gfn = SCENE_DEVICE), -XEN_ESRCH},

    {"index of a vCPU", GET_IDX(.vcpu_id = 1), 0, .holds = answers_view_1},
    {"index of another", GET_IDX(.vcpu_id = 0, .altp2m_idx = 9), 0, .holds = answers_view_0},
    {"index: no such vCPU", GET_IDX(.vcpu_id = 3), -XEN_EINVAL},
    {"index: no such vCPU, far", GET_IDX(.vcpu_id = UINT32_MAX), -XEN_EINVAL},

    {"hide", VISIBLE(.altp2m_idx = 2), 0, .holds = is_hidden},
    {"hide view 0", VISIBLE(.altp2m_idx = 0), 0, .holds = is_hidden},
    {"hide where a vCPU is", VISIBLE(.altp2m_idx = 1), 0, .holds = is_hidden},
    {"hide what is hidden", VISIBLE(.altp2m_idx = 3), 0, .holds = is_hidden},
    {"show", VISIBLE(.altp2m_idx = 3, .visible = 1), 0, .holds = is_visible},
    {"any number shows", VISIBLE(.altp2m_idx = 3, .visible = 0x80), 0, .holds = is_visible},
    {"visibility: pad", VISIBLE(.altp2m_idx = 2, .pad = 1), -XEN_EINVAL},
    {"visibility: not live", VISIBLE(.altp2m_idx = 4, .visible = 1), -XEN_EINVAL},
    {"visibility: beyond the table", VISIBLE(.altp2m_idx = 10, .visible = 1), -XEN_EINVAL},
    {"visibility: far beyond", VISIBLE(.altp2m_idx = 512, .visible = 1), -XEN_EINVAL},

    {"VMFUNC on", VMFUNC(.vcpu_id = 0, .enable = 1), 0, .holds = vmfunc_is_set},
    {"VMFUNC off while #VE is on", VMFUNC(.vcpu_id = 2, .enable = 0), 0, .holds = vmfunc_is_set},
    {"VMFUNC: pad", VMFUNC(.vcpu_id = 0, .enable = 1, .pad = {1, 0, 0}), -XEN_EINVAL},
    {"VMFUNC: last pad", VMFUNC(.vcpu_id = 0, .enable = 1, .pad = {0, 0, 1}), -XEN_EINVAL},
    {"VMFUNC: no such vCPU", VMFUNC(.vcpu_id = 3, .enable = 1), -XEN_EINVAL},

    {"info", INFO(.view = 1), 0, .holds = describes_view_1},
    {"info of a hidden view", INFO(.view = 3, .live = 9, .remaps = 9), 0,
     .holds = describes_view_3},
    {"info of a free slot", INFO(.view = 9, .live = 9, .overrides = 9), 0,
     .holds = describes_a_free_slot},
    {"info: pad", INFO(.view = 1, .pad = 1), -XEN_EINVAL},
    {"info: beyond the table", INFO(.view = 10), -XEN_ERANGE},
    {"info: far beyond", INFO(.view = 65535), -XEN_ERANGE},
    {"info: pad comes first", INFO(.view = 10, .pad = 1), -XEN_EINVAL},

    {"exit count", EXITS(.vcpu_id = 1, .reason = 18), 0, .holds = counts_of_the_machine},
    {"exit count of all", EXITS(.vcpu_id = 2, .reason = ALTVIEW_EXIT_ALL), 0,
     .holds = counts_of_the_machine},
    {"exit count: no such vCPU", EXITS(.vcpu_id = 3, .reason = 18), -XEN_EINVAL},
    {"exit count: no such reason", EXITS(.vcpu_id = 0, .reason = 1000), -XEN_EINVAL},

    {"clone", CLONE(.from = 1, .view = 9), 0, .holds = has_cloned_view_1},
    {"clone: pad", CLONE(.from = 1, .pad = 1), -XEN_EINVAL},
    {"clone: not live", CLONE(.from = 4), -XEN_EINVAL},
    {"clone: beyond the table", CLONE(.from = 10), -XEN_EINVAL},
    {"clone: far beyond", CLONE(.from = 65535), -XEN_EINVAL},

    {"hide from one", VISIBILITY(.view = 2, .vcpu_id = 1, STAY), 0, .holds = is_seen_so},
    {"hide from one who is in it", VISIBILITY(.view = 1, .vcpu_id = 1, STAY), 0,
     .holds = has_stayed},
    {"hide from all", VISIBILITY(.view = 1, ALL, STAY), 0, .holds = has_stayed},
    {"show to one", VISIBILITY(.view = 3, .visible = 1, .vcpu_id = 2, STAY), 0,
     .holds = is_seen_so},
    {"show to all", VISIBILITY(.view = 3, .visible = 7, ALL, STAY), 0, .holds = is_seen_so},
    {"evict one", VISIBILITY(.view = 1, .vcpu_id = 1, .evict_to = 2), 0, .holds = has_left},
    {"evict all", VISIBILITY(.view = 1, ALL, .evict_to = 0), 0, .holds = has_left},
    {"evict one who is elsewhere", VISIBILITY(.view = 1, .vcpu_id = 0, .evict_to = 2), 0,
     .holds = has_stayed},
    {"per vCPU: first pad", VISIBILITY(.view = 2, .pad1 = 1, ALL, STAY), -XEN_EINVAL},
    {"per vCPU: second pad", VISIBILITY(.view = 2, ALL, STAY, .pad2 = {1}), -XEN_EINVAL},
    {"per vCPU: last pad", VISIBILITY(.view = 2, ALL, STAY, .pad2 = {0, 0, 1}), -XEN_EINVAL},
    {"per vCPU: no such vCPU", VISIBILITY(.view = 2, .vcpu_id = 3, STAY), -XEN_EINVAL},
    {"per vCPU: no such vCPU, far", VISIBILITY(.view = 2, .vcpu_id = UINT32_MAX - 1, STAY),
     -XEN_EINVAL},
    {"per vCPU: not live", VISIBILITY(.view = 4, ALL, STAY), -XEN_EINVAL},
    {"per vCPU: far beyond", VISIBILITY(.view = 512, .vcpu_id = 0, STAY), -XEN_EINVAL},
    {"evict: to the same", VISIBILITY(.view = 1, ALL, .evict_to = 1), -XEN_EINVAL},
    {"evict: to a hidden one", VISIBILITY(.view = 1, ALL, .evict_to = 3), -XEN_EINVAL},
    {"evict: to none", VISIBILITY(.view = 1, ALL, .evict_to = 4), -XEN_EINVAL},
    {"evict: to far beyond", VISIBILITY(.view = 1, .vcpu_id = 1, .evict_to = 512), -XEN_EINVAL},
    {"evict: from none", VISIBILITY(.view = 4, ALL, .evict_to = 1), -XEN_EINVAL},
    {"evict while showing", VISIBILITY(.view = 1, .visible = 1, ALL, .evict_to = 0), -XEN_EINVAL},
};

static void check_row(const struct row *row, bool compat)
{
    struct scene *s = scene_new();
    struct call c;
    uint64_t before;
    long rc;

    scene_start_active(s);
    c = call_new(s, row->cmd);
    c.envelope.args = row->args;
    c.privileged = row->privileged;
    c.compat = compat;
    before = scene_fingerprint(s);
    rc = call_make(&c);
    if (rc != row->want)
        fail_msg("%s: answers %ld, should be %ld", row->name, rc, row->want);
    if (!rc && !row->holds(s, &c))
        fail_msg("%s: answers 0, but what should follow does not hold", row->name);
    if (rc && scene_fingerprint(s) != before)
        fail_msg("%s: refused and has done something", row->name);
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): byte by byte is what is meant */
    if (rc && memcmp(&c.envelope.args, &row->args, sizeof(row->args)))
        fail_msg("%s: refused and has changed the guest's structure", row->name);
    scene_end(s);
}

static void every_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        check_row(&rows[i], false);
        check_row(&rows[i], true);
    }
}

/* A call without an envelope. */
struct direct {
    uint16_t view;
    uint64_t first, second;
    uint16_t *read; /* the result's buffer, in place of the envelope's */
};

/* The row's arguments for one. False if there is none, or if the row is about a pad. */
static bool as_direct(const struct row *row, union call_args *a, struct direct *to)
{
    *a = row->args;
    switch (row->cmd) {
    case HVMOP_altp2m_switch_p2m:
        *to = (struct direct){a->view.view, 0, 0, NULL};
        return true;
    case HVMOP_altp2m_set_visibility:
        *to = (struct direct){a->set_visibility.altp2m_idx, a->set_visibility.visible, 0, NULL};
        return !a->set_visibility.pad;
    case HVMOP_altp2m_get_p2m_idx:
        *to = (struct direct){0, a->get_p2m_idx.vcpu_id, 0, &a->get_p2m_idx.altp2m_idx};
        return true;
    case HVMOP_altp2m_set_mem_access:
        *to = (struct direct){a->mem_access.view, a->mem_access.gfn, a->mem_access.access, NULL};
        return !a->mem_access.pad;
    case HVMOP_altp2m_get_mem_access:
        *to = (struct direct){a->mem_access.view, a->mem_access.gfn, 0, &a->mem_access.access};
        return !a->mem_access.pad;
    case HVMOP_altp2m_set_suppress_ve:
        *to = (struct direct){a->suppress_ve.view, a->suppress_ve.gfn, a->suppress_ve.suppress_ve,
                              NULL};
        return !a->suppress_ve.pad1 && !a->suppress_ve.pad2;
    case HVMOP_altp2m_change_gfn:
        *to =
            (struct direct){a->change_gfn.view, a->change_gfn.old_gfn, a->change_gfn.new_gfn, NULL};
        return !a->change_gfn.pad1 && !a->change_gfn.pad2;
    default:
        return false;
    }
}

static int no_memory(void *context, void *to, uint64_t from, size_t size)
{
    (void)context, (void)to, (void)from, (void)size;
    fail_msg("a call without an envelope reads memory");
    return 0;
}

static int no_memory_to(void *context, uint64_t to, const void *from, size_t size)
{
    (void)context, (void)to, (void)from, (void)size;
    fail_msg("a call without an envelope writes memory");
    return 0;
}

static long call_direct(struct scene *s, const struct row *row, const struct direct *a)
{
    struct altp2m_caller caller = sim_machine_caller(&s->machine);

    caller.privileged = row->privileged;
    caller.read = no_memory;
    caller.write = no_memory_to;
    return altp2m_direct(s->d, &caller, row->cmd, a->view, a->first, a->second);
}

/* The same answer and effect as with an envelope. */
static bool check_direct(const struct row *row)
{
    struct scene *s = scene_new();
    struct call c;
    struct direct a;
    uint64_t before;
    long rc;

    scene_start_active(s);
    c = call_new(s, row->cmd);
    c.privileged = row->privileged;
    if (!as_direct(row, &c.envelope.args, &a)) {
        scene_end(s);
        return false;
    }
    before = scene_fingerprint(s);
    rc = call_direct(s, row, &a);
    if (rc > 0 && a.read) {
        *a.read = (uint16_t)rc;
        rc = 0;
    } else if (!rc && a.read) {
        *a.read = 0;
    }
    if (rc != row->want)
        fail_msg("%s, without an envelope: answers %ld, should be %ld", row->name, rc, row->want);
    if (!rc && !row->holds(s, &c))
        fail_msg("%s, without an envelope: what should follow does not hold", row->name);
    if (rc && scene_fingerprint(s) != before)
        fail_msg("%s, without an envelope: refused and has done something", row->name);
    scene_end(s);
    return true;
}

static void every_row_without_envelope(void **state)
{
    uint32_t seen = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (check_direct(&rows[i]))
            seen |= 1U << rows[i].cmd;
    assert_int_equal(seen, altp2m_direct_known());
}

/* The checks before the arguments: whether the call exists, altp2m is on, and the caller has
 * permission. */
static void without_envelope_order(void **state)
{
    static const struct row index = {.cmd = HVMOP_altp2m_get_p2m_idx};
    static const struct row none = {.cmd = HVMOP_altp2m_create_p2m};
    static const struct row far = {.cmd = 32 + HVMOP_altp2m_get_p2m_idx};
    static const struct direct wrong = {.first = UINT64_C(1) << 32}, right = {.first = 1};
    struct scene *s = *state;

    assert_int_equal(call_direct(s, &index, &right), 1);
    assert_int_equal(call_direct(s, &index, &wrong), -XEN_EINVAL);
    assert_int_equal(call_direct(s, &none, &right), -XEN_EOPNOTSUPP);
    assert_int_equal(call_direct(s, &far, &right), -XEN_EOPNOTSUPP);
    s->d->config.mode = ALTP2M_MODE_LIMITED;
    assert_int_equal(call_direct(s, &index, &wrong), -XEN_EPERM);
    s->d->config.mode = ALTP2M_MODE_EXTERNAL;
    assert_int_equal(call_direct(s, &none, &right), -XEN_EOPNOTSUPP);
    assert_int_equal(call_direct(s, &index, &wrong), -XEN_EPERM);
    while (altp2m_set_active(s->d, false)) {
    }
    assert_int_equal(call_direct(s, &index, &wrong), -XEN_EOPNOTSUPP);
}

/* Each call without an envelope: by callers that have permission, and by callers that have none. */
static void without_envelope_modes(void **state)
{
    struct scene *s = *state;

    for (size_t i = 0; i < call_kinds_count; i++) {
        const struct call_kind *k = &call_kinds[i];
        struct row row = {.cmd = k->cmd};
        bool known = k->cmd < 32 && altp2m_direct_known() >> k->cmd & 1;

        for (int mode = ALTP2M_MODE_MIXED; known && mode <= ALTP2M_MODE_LIMITED; mode++) {
            s->d->config.mode = (enum altp2m_mode)mode;
            for (int privileged = 0; privileged < 2; privileged++) {
                row.privileged = privileged;
                assert_int_equal(call_direct(s, &row, &(struct direct){0}) == -XEN_EPERM,
                                 !privileged && !(k->guest_in >> mode & 1));
            }
        }
        assert_true(!known || k->state == ON);
    }
}

/* Every sub-operation must have a test. */
static void every_operation_has_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < call_kinds_count; i++) {
        uint32_t cmd = call_kinds[i].cmd;
        bool list =
            cmd == HVMOP_altp2m_set_mem_access_multi || cmd == HVMOP_altp2m_set_suppress_ve_multi;
        size_t n = 0;

        for (size_t k = 0; k < COUNT(rows); k++)
            n += rows[k].cmd == cmd;
        if (!n != list)
            fail_msg("command %#x has %zu rows", cmd, n);
    }
}

/* Xen's p2m_init_next_altp2m with every slot taken. */
static void create_until_full(void **state)
{
    struct scene *s = *state;

    for (unsigned int i = 4; i < 10; i++) {
        struct call c = call_new(s, HVMOP_altp2m_create_p2m);

        assert_int_equal(call_make(&c), 0);
        assert_int_equal(c.envelope.args.view.view, i);
    }
    struct call c = call_new(s, HVMOP_altp2m_create_p2m);
    assert_int_equal(call_make(&c), -XEN_EINVAL);
    c = call_new(s, HVMOP_altview_clone_view);
    assert_int_equal(call_make(&c), -XEN_EINVAL);
}

static void no_pages(void **state)
{
    static const struct row needing[] = {
        {"create", CREATE(.hvmmem_default_access = 7), 0},
        {"clone", CLONE(.from = 1), 0},
        {"set access", SET_ACCESS(.view = 3, .access = 1, .gfn = 5), 0},
        {"suppress-#VE", SET_SVE(.view = 3, .gfn = 5), 0},
        {"remap", CHANGE(.view = 3, .old_gfn = 5, .new_gfn = 6), 0},
    };
    struct scene *s = *state;
    uint64_t before = scene_fingerprint(s);

    for (size_t i = 0; i < COUNT(needing); i++) {
        struct call c = call_new(s, needing[i].cmd);

        c.envelope.args = needing[i].args;
        sim_memory_fail_at(&s->machine.memory, 1, true);
        if (call_make(&c) != -XEN_ENOMEM || scene_fingerprint(s) != before)
            fail_msg("%s without pages", needing[i].name);
    }
    sim_memory_fail_at(&s->machine.memory, 0, false);
}

/* An embedder without counters. */
static void exit_count_may_be_missing(void **state)
{
    struct scene *s = *state;
    struct call c = call_new(s, HVMOP_altview_exit_count);

    s->d->host.exit_count = NULL;
    assert_int_equal(call_make(&c), -XEN_EOPNOTSUPP);
}

int main(void)
{
#define ACTIVE(test) cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(every_operation_has_rows),
        ACTIVE(create_until_full),
        ACTIVE(no_pages),
        ACTIVE(exit_count_may_be_missing),
        ACTIVE(info_tells_some),
        cmocka_unit_test(every_row_without_envelope),
        ACTIVE(without_envelope_order),
        ACTIVE(without_envelope_modes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
