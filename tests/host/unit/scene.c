/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit/scene.h"

#include <stdlib.h>

#define PAGES 4096

struct scene *scene_new(void)
{
    struct scene *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    sim_machine_init(&s->machine, PAGES);
    s->d = &s->machine.domain;
    return s;
}

struct altp2m_mapping scene_ram(uint64_t mfn)
{
    return (struct altp2m_mapping){
        .mfn = mfn, .type = ALTP2M_TYPE_RAM, .memtype = ALTP2M_MEMTYPE_WB};
}

static void map(struct scene *s, uint64_t gfn, uint64_t nr, enum altp2m_type type)
{
    struct altp2m_mapping to = scene_ram(gfn + SCENE_MFN);

    to.type = type;
    if (type == ALTP2M_TYPE_MMIO)
        to.memtype = ALTP2M_MEMTYPE_UC;
    assert_int_equal(altp2m_host_map(s->d, gfn, nr, to), 0);
}

void scene_start(struct scene *s, const struct altp2m_config *config)
{
    sim_machine_start(&s->machine, config);
    map(s, 0, 0x100, ALTP2M_TYPE_RAM);
    map(s, SCENE_SPECIAL, 1, ALTP2M_TYPE_SPECIAL);
    map(s, SCENE_DEVICE, 1, ALTP2M_TYPE_MMIO);
    map(s, SCENE_LARGE, 0x40000, ALTP2M_TYPE_RAM);
}

void scene_start_active(struct scene *s)
{
    struct altp2m_config config = sim_machine_config(&s->machine);

    scene_start(s, &config);
    altp2m_set_active(s->d, true);
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 1);
    assert_int_equal(scene_create(s, XENMEM_access_r), 2);
    assert_int_equal(scene_create(s, XENMEM_access_rwx), 3);
    assert_int_equal(altp2m_set_visibility(s->d, 3, false), 0);
    assert_true(sim_machine_vmfunc(&s->machine, 1, 1));
    sim_machine_exit(&s->machine, 1);
    assert_int_equal(altp2m_enable_notify(s->d, &s->machine.vcpus[2], SCENE_NOTIFY_GFN), 0);
    scene_set_access(s, 1, 0x10, XENMEM_access_r);
    assert_int_equal(altp2m_remap(s->d, 1, 0x11, 0x12, true), 0);
    assert_int_equal(altp2m_set_suppress_ve(s->d, 1, 0x13, false), 0);
}

void scene_end(struct scene *s)
{
    sim_machine_check_pages(&s->machine);
    sim_machine_check_vcpus(&s->machine);
    sim_machine_fini(&s->machine);
    free(s);
}

int scene_setup(void **state)
{
    struct scene *s = scene_new();

    scene_start_active(s);
    *state = s;
    return 0;
}

int scene_teardown(void **state)
{
    scene_end(*state);
    return 0;
}

unsigned int scene_rights(const struct scene *s, unsigned int view, uint64_t gfn, uint64_t *mfn)
{
    struct sim_walk walk = sim_tables_walk(&s->machine.tables, altp2m_view_eptp(s->d, view), gfn);

    if (mfn)
        *mfn = walk.present ? walk.mfn : ALTP2M_INVALID_MFN;
    return walk.present ? walk.rights : 0;
}

uint16_t scene_create(struct scene *s, uint16_t access)
{
    uint16_t view = UINT16_MAX;

    assert_int_equal(altp2m_view_create(s->d, access, &view), 0);
    return view;
}

uint16_t scene_access(const struct scene *s, unsigned int view, uint64_t gfn)
{
    uint16_t access = UINT16_MAX;

    assert_int_equal(altp2m_get_access(s->d, view, gfn, &access), 0);
    return access;
}

void scene_set_access(struct scene *s, unsigned int view, uint64_t gfn, uint16_t access)
{
    assert_int_equal(altp2m_set_access(s->d, view, gfn, access), 0);
}

static uint64_t mix(uint64_t sum, uint64_t value)
{
    return (sum ^ value) * UINT64_C(0x100000001b3) + (sum >> 29);
}

static uint64_t mix_view(const struct scene *s, uint64_t sum, unsigned int view)
{
    uint64_t eptp = altp2m_view_eptp(s->d, view);

    for (unsigned int i = 0; i < s->machine.gfns.count; i++) {
        uint64_t gfn = s->machine.gfns.gfn[i];
        struct altp2m_translation t = altp2m_translate(s->d, view, gfn);
        struct sim_walk walk = sim_tables_walk(&s->machine.tables, eptp, gfn);

        sum = mix(sum, t.to.mfn);
        sum = mix(sum, (uint64_t)t.to.type << 32 | t.access << 8 | t.rights << 4 |
                           t.suppress_ve << 2 | t.overridden << 1 | t.remapped);
        sum = mix(sum, walk.rights << 1 | walk.suppress_ve);
    }
    return sum;
}

uint64_t scene_fingerprint(const struct scene *s)
{
    const struct altp2m_domain *d = s->d;
    uint64_t sum = mix(0, d->active << 8 | d->default_access);

    sum = mix(sum, s->machine.memory.used);
    for (unsigned int i = 0; i < SIM_VCPUS; i++) {
        const struct altp2m_vcpu *vcpu = &s->machine.vcpus[i];

        sum = mix(sum, vcpu->view << 1 | vcpu->vmfunc);
        sum = mix(sum, vcpu->notify_gfn);
    }
    for (unsigned int view = 0; view < d->config.view_count; view++) {
        bool live = altp2m_view_is_live(d, view);

        sum = mix(sum, live);
        for (unsigned int i = 0; i < SIM_VCPUS; i++)
            sum = mix(sum, altp2m_view_is_visible_to(d, &s->machine.vcpus[i], view));
        sum = mix(sum, (uint64_t)d->views[view].policy << 16 | d->views[view].policy_view);
        for (unsigned int i = 0; i < ALTP2M_NAME_SIZE; i++)
            sum = mix(sum, (unsigned char)d->views[view].name[i]);
        if (live)
            sum = mix_view(s, sum, view);
    }
    return sum;
}
