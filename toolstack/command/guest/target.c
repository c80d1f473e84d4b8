/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest/target.h"

#include "say.h"

#include <stdlib.h>

#define CR3_TABLE UINT64_C(0x000ffffffffff000)

int targets_check(const struct targets *t, char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (place_check(&t->place, "range", texts[i], range_bytes)) {
            return EXIT_USAGE;
        }
    }
    return 0;
}

/* A virtual address alone is that byte. */
static int find(struct session *s, const struct place *place, const char *text, struct target *to)
{
    to->is_virtual = place_is_virtual(text);
    if (to->is_virtual && place_range(s, place, text, 1, &to->range)) {
        return EXIT_FAILED;
    }
    if (!to->is_virtual) {
        return place_bytes(s, place, ALTVIEW_NO_VIEW, text, &to->runs, &to->run_count);
    }
    return altview_translate_range(s->handle, ALTVIEW_NO_VIEW, &place->space, to->range.start,
                                   to->range.size, &to->runs, &to->run_count)
               ? session_refused()
               : 0;
}

int targets_find(struct session *s, struct targets *t, char *const *texts, size_t count)
{
    t->all = calloc(count + 1, sizeof(*t->all));
    if (!t->all) {
        return fail("out of memory");
    }
    for (; t->count < count; t->count++) {
        if (find(s, &t->place, texts[t->count], &t->all[t->count])) {
            return EXIT_FAILED;
        }
    }
    return 0;
}

void targets_free(struct targets *t)
{
    for (size_t i = 0; i < t->count; i++) {
        free(t->all[i].runs);
    }
    free(t->all);
    *t = (struct targets){0};
}

static bool has_physical(const struct target *target, uint64_t address)
{
    for (size_t i = 0; i < target->run_count; i++) {
        if (address - target->runs[i].physical < target->runs[i].size) {
            return true;
        }
    }
    return false;
}

static bool any_has_physical(const struct targets *t, uint64_t address)
{
    for (size_t i = 0; i < t->count; i++) {
        if (has_physical(&t->all[i], address)) {
            return true;
        }
    }
    return false;
}

/* In the tables that --cr3 names, if it is given. */
static bool any_has_virtual(const struct targets *t, const struct altview_event *event,
                            uint64_t address)
{
    if (t->place.space.has_cr3 && (t->place.space.cr3 ^ event->cr3) & CR3_TABLE) {
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (t->all[i].is_virtual && address - t->all[i].range.start < t->all[i].range.size) {
            return true;
        }
    }
    return false;
}

/* An instruction: by its address, or by the page to which its vCPU's tables map that address
 * now. */
static bool has_instruction(struct session *s, const struct targets *t,
                            const struct altview_event *event)
{
    const struct altview_space space = {.vcpu = event->vcpu, .has_cr3 = true, .cr3 = event->cr3};
    uint64_t address = event->type == ALTVIEW_EVENT_BREAKPOINT ? event->gla : event->general.rip;
    struct altview_translation to;

    return any_has_virtual(t, event, address) ||
           (!altview_translate(s->handle, ALTVIEW_NO_VIEW, &space, address, &to) &&
            any_has_physical(t, to.physical));
}

bool targets_have(struct session *s, const struct targets *t, const struct altview_event *event)
{
    switch (event->type) {
    case ALTVIEW_EVENT_SHUTDOWN:
    case ALTVIEW_EVENT_TIMEOUT:
        return true;
    case ALTVIEW_EVENT_MEM_ACCESS:
        return !t->count || any_has_physical(t, event->gfn * RANGE_PAGE + event->offset);
    default:
        return !t->count || has_instruction(s, t, event);
    }
}
