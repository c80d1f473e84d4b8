/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: monitor STORY WHERE OUTPUT LIST PLACE: run one story with the guest of a run that exists,
 * or will soon. WHERE: as for altview_open, but unix:PATH in full; for the story "direct",
 * bridge.h's directory. OUTPUT: the file with the guest's output. LIST, PLACE: see differences.h.
 */
#include "bridge.h"
#include "check.h"
#include "differences.h"
#include "event.h"
#include "stories/stories.h"

#include <stdio.h>
#include <string.h>

static const struct story {
    const char *name;
    void (*tell)(struct guest *g);
    bool ends; /* the story itself ends the guest */
} stories[] = {
    {"events", story_events, false},         {"answers", story_answers, false},
    {"refusals", story_refusals, false},     {"denials", story_denials, false},
    {"policies", story_policies, false},     {"vmfunc", story_vmfunc, false},
    {"views", story_views, false},           {"control", story_control, false},
    {"steps", story_steps, false},           {"silence", story_silence, false},
    {"hostile", story_hostile, false},       {"required", story_required, true},
    {"direct", story_direct, true},          {"breakpoints", story_breakpoints, false},
    {"unanswered", story_unanswered, true},  {"balloon", story_balloon, false},
    {"memory", story_memory, false},         {"limited", story_limited, false},
    {"traps", story_traps, false},           {"instructions", story_instructions, false},
    {"interrupts", story_interrupts, false}, {"upcalls", story_upcalls, false},
    {"entries", story_entries, false},       {"conversions", story_conversions, false},
    {"registers", story_registers, false},   {"msrs", story_msrs, false},
};
#define STORIES (sizeof(stories) / sizeof(stories[0]))

static struct guest guest;

static const struct story *find(const char *name)
{
    for (size_t i = 0; i < STORIES; i++) {
        if (!strcmp(stories[i].name, name)) {
            return &stories[i];
        }
    }
    return NULL;
}

static int tell(const struct story *story, const char *where, const char *output)
{
    char bridge[64];

    check_story(story->name);
    if (story->tell == story_direct) {
        bridge_open(where, bridge, sizeof(bridge));
        where = bridge;
    }
    guest_open(&guest, where, output);
    story->tell(&guest);
    if (!story->ends) {
        guest_check_memory(&guest);
        guest_end(&guest, 0);
    }
    return check_status();
}

int main(int argc, char **argv)
{
    const struct story *story = argc == 6 ? find(argv[1]) : NULL;

    if (!story) {
        fputs("usage: monitor STORY WHERE OUTPUT LIST PLACE\n", stderr);
        return 64;
    }
    differences_read(argv[4], argv[5]);
    return tell(story, argv[2], argv[3]);
}
