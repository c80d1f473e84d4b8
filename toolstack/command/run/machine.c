/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/machine.h"

#include <stddef.h>
#include <string.h>

const char *const emulator_names[] = {"bochs", "qemu-kvm", NULL};

static const struct emulator *const emulators[] = {&emulator_bochs, &emulator_qemu_kvm};

const struct emulator *emulator_find(const char *name)
{
    size_t i = 0;

    while (strcmp(emulators[i]->name, name) != 0) {
        i++; /* option_choice has seen to it that there is one */
    }
    return emulators[i];
}
