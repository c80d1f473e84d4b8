/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/machine/emulator/machine.h"

const struct emulator *const emulators[WAYS] = {
    [WAY_BOCHS] = &emulator_bochs,
    [WAY_TCG] = &emulator_tcg,
    [WAY_KVM] = &emulator_kvm,
};
