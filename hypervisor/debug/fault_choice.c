/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/fault.h"

#include "base/log.h"
#include "base/string.h"

#define FAULT_ROW(id, name, place) [FAULT_##id] = {name, FAULT_##place},
static const struct {
    const char *name;
    enum fault_place place;
} faults[FAULTS] = {FAULT_LIST(FAULT_ROW)};

static enum fault chosen;

bool debug_fault_choose(const char *name)
{
    for (unsigned int i = FAULT_NONE + 1; i < FAULTS; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            chosen = (enum fault)i;
            return true;
        }
    }
    return false;
}

enum fault debug_fault_take(enum fault_place place)
{
    enum fault fault = chosen;

    if (fault == FAULT_NONE || faults[fault].place != place) {
        return FAULT_NONE;
    }
    chosen = FAULT_NONE;
    log_line("debug=%s", faults[fault].name);
    return fault;
}
