/* SPDX-License-Identifier: BSD-2-Clause */
#include "memory/space.h"

#include "guest/vcpu_number.h"
#include "range.h"
#include "say.h"

#include <string.h>

static const char *const names[ALTVIEW_PAGINGS] = {
    [ALTVIEW_PAGING_NONE] = "none",       [ALTVIEW_PAGING_32] = "32",
    [ALTVIEW_PAGING_PSE] = "pse",         [ALTVIEW_PAGING_PAE] = "pae",
    [ALTVIEW_PAGING_4_LEVEL] = "4-level", [ALTVIEW_PAGING_5_LEVEL] = "5-level",
};

const char *paging_name(unsigned int mode)
{
    return mode < ALTVIEW_PAGINGS && names[mode] ? names[mode] : "?";
}

int option_cr3(const struct option *option, const char *value)
{
    struct altview_space *space = option->to;
    const char *wrong = range_number(value, &space->cr3);

    if (wrong) {
        return usage_error("--cr3 %s: %s", value, wrong);
    }
    space->has_cr3 = true;
    return 0;
}

int option_vcpu(const struct option *option, const char *value)
{
    struct altview_space *space = option->to;

    return vcpu_parse(value, &space->vcpu);
}

int option_paging(const struct option *option, const char *value)
{
    struct altview_space *space = option->to;

    for (unsigned int mode = 0; mode < ALTVIEW_PAGINGS; mode++) {
        if (names[mode] && !strcmp(names[mode], value)) {
            space->mode = mode;
            return 0;
        }
    }
    return usage_error("--paging %s: give " PAGING_NAMES, value);
}
