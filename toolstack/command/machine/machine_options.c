/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine_options.h"

#include "say.h"
#include "toolstack/machine/emulator/computer.h"

#include <string.h>

/* An older name for --machine and --accel. */
int option_emulator(const struct option *option, const char *value)
{
    struct machine_asked *asked = option->to;

    if (!strcmp(value, "bochs")) {
        asked->machine = machine_names[MACHINE_BOCHS];
    } else if (!strcmp(value, "qemu-kvm")) {
        asked->machine = machine_names[MACHINE_QEMU];
        asked->accel = accel_names[ACCEL_KVM];
    } else {
        return usage_error("--emulator %s: give bochs or qemu-kvm; or see --machine", value);
    }
    return 0;
}

static unsigned int place_of(const char *name, const char *const *names)
{
    unsigned int place = 0;

    while (names[place] && strcmp(name, names[place]) != 0) {
        place++;
    }
    return place;
}

int machine_choose(const struct machine_asked *asked, const struct machine *machine, enum need need,
                   enum way *way, const char **why)
{
    const struct wish wish = {.machine = place_of(asked->machine, machine_names),
                              .accel = place_of(asked->accel, accel_names),
                              .icount = machine->icount,
                              .need = need};
    const char *fault = wish_fault(&wish);
    struct computer computer;
    enum obstacle obstacle;

    if (fault) {
        return usage_error("%s", fault);
    }
    computer_look(&computer);
    if (choose(&computer, &wish, way)) {
        *why = choice_need(&computer, &wish, *way);
        return 0;
    }
    obstacle = way_obstacle(&computer, *way);
    return fail("%s can't run the machine: %s; %s", emulators[*way]->title,
                obstacle_cause(obstacle), obstacle_remedy(obstacle, computer.vendor));
}
