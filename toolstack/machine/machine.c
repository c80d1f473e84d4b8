/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/machine.h"

#include <stddef.h>
#include <string.h>

const char *const emulator_names[] = {"bochs", "qemu-kvm", NULL};

static const struct emulator *const emulators[] = {&emulator_bochs, &emulator_qemu_kvm};

const struct emulator *emulator_find(const char *name)
{
    for (size_t i = 0; i < sizeof(emulators) / sizeof(emulators[0]); i++) {
        if (!strcmp(emulators[i]->name, name)) {
            return emulators[i];
        }
    }
    return NULL;
}
