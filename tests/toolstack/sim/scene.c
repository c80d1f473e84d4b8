/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>

#define SOON_MS 60000 /* an event that must come comes long before */

static void write_text(altview *h, uint64_t address, uint64_t text)
{
    assert_int_equal(altview_write(h, ALTVIEW_NO_VIEW, address, &text, sizeof(text)), 0);
}

static void add_views(altview *h)
{
    unsigned int view;

    assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
    assert_int_equal(view, SCENE_VIEW);
    assert_int_equal(altview_create_view(h, XENMEM_access_rwx, &view), 0);
    assert_int_equal(view, SCENE_OTHER);
    assert_int_equal(altview_remap(h, SCENE_OTHER, SCENE_GFN, SCENE_SHADOW_GFN), 0);
}

altview *scene_open(const char *options)
{
    char where[100];
    altview *h;

    snprintf(where, sizeof(where), "sim:mode=mixed%s", options);
    assert_int_equal(altview_open(where, 0, &h), 0);
    assert_int_equal(altview_set_active(h, true), 0);
    assert_int_equal(altview_set_vmfunc(h, 0, true), 0);
    add_views(h);
    assert_int_equal(altview_switch_to_view(h, SCENE_VIEW), 0);
    write_text(h, SCENE_PAGE, SCENE_REAL_TEXT);
    write_text(h, SCENE_SHADOW, SCENE_FALSE_TEXT);
    return h;
}

int scene_setup(void **state)
{
    *state = scene_open("");
    return 0;
}

int scene_teardown(void **state)
{
    altview_close(*state);
    return 0;
}

void scene_listen(altview *h, uint32_t sync, uint32_t report)
{
    const struct altview_listen listen = {.sync = sync, .report = report};

    assert_int_equal(altview_listen(h, &listen), 0);
}

void scene_restrict(altview *h, unsigned int access)
{
    assert_int_equal(altview_set_access(h, SCENE_VIEW, SCENE_GFN, 1, access), 0);
}

unsigned int scene_access(altview *h, unsigned int view)
{
    unsigned int access;

    assert_int_equal(altview_get_access(h, view, SCENE_GFN, &access), 0);
    return access;
}

int scene_read(altview *h, uint64_t *value)
{
    return altview_sim_access(h, 0, READ, SCENE_ADDRESS, sizeof(*value), value);
}

int scene_write(altview *h, uint64_t value)
{
    return altview_sim_access(h, 0, WRITE, SCENE_ADDRESS, sizeof(value), &value);
}

int scene_resume(altview *h)
{
    return altview_sim_resume(h, 0, NULL);
}

int scene_read_text(altview *h, uint64_t *value)
{
    return altview_sim_access(h, 0, READ, SCENE_PAGE, sizeof(*value), value);
}

uint64_t scene_memory(altview *h, uint64_t address)
{
    uint64_t value;

    assert_int_equal(altview_read(h, ALTVIEW_NO_VIEW, address, &value, sizeof(value)), 0);
    return value;
}

struct altview_event scene_event(altview *h, enum altview_event_type type)
{
    struct altview_event event;

    assert_int_equal(altview_next_event(h, &event, SOON_MS), 0);
    assert_int_equal(event.type, type);
    return event;
}

void scene_no_event(altview *h)
{
    struct altview_event event;

    assert_int_equal(altview_next_event(h, &event, 0), -EAGAIN);
}

void scene_answer(altview *h, const struct altview_event *event, uint32_t actions,
                  unsigned int view)
{
    const struct altview_answer answer = {
        .event = event->id, .vcpu = event->vcpu, .actions = actions, .view = (uint16_t)view};

    assert_int_equal(altview_answer(h, &answer), 0);
}

void scene_deny(altview *h, const struct altview_event *event, unsigned int vector)
{
    const struct altview_answer answer = {.event = event->id,
                                          .vcpu = event->vcpu,
                                          .actions = ALTVIEW_ANSWER_DENY,
                                          .vector = (uint8_t)vector,
                                          .cr2 = event->gla};

    assert_int_equal(altview_answer(h, &answer), 0);
}

unsigned int scene_exception(altview *h)
{
    unsigned int vector;

    assert_int_equal(altview_sim_exception(h, 0, &vector), 0);
    return vector;
}

struct altview_vcpu scene_vcpu(altview *h)
{
    struct altview_vcpu *vcpus, first;
    size_t count;

    assert_int_equal(altview_vcpus(h, &vcpus, &count), 0);
    assert_true(count >= 1);
    first = vcpus[0];
    free(vcpus);
    return first;
}
