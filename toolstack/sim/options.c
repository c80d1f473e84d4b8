/* SPDX-License-Identifier: BSD-2-Clause */
#include "toolstack/sim/domain.h"

#include "control/control.h"
#include "toolstack/lib/transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_MAX  65536
#define OPTION_SIZE 64

static const char *const modes[] = {
    [ALTP2M_MODE_DISABLED] = "disabled",
    [ALTP2M_MODE_MIXED] = "mixed",
    [ALTP2M_MODE_EXTERNAL] = "external",
    [ALTP2M_MODE_LIMITED] = "limited",
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

static int set_number(const char *name, const char *value, unsigned int max, unsigned int *number)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);

    if (*value < '0' || *value > '9' || *end || n < 1 || n > max) {
        return altview_fail(-EINVAL, "sim: %s=%s: say a number from 1 to %u", name, value, max);
    }
    *number = (unsigned int)n;
    return 0;
}

static int set_views(struct sim_options *o, const char *name, const char *value)
{
    return set_number(name, value, ALTP2M_MAX_VIEWS, &o->views);
}

static int set_memory(struct sim_options *o, const char *name, const char *value)
{
    return set_number(name, value, MEMORY_MAX, &o->memory);
}

static int set_vcpus(struct sim_options *o, const char *name, const char *value)
{
    return set_number(name, value, CONTROL_VCPUS_MAX, &o->vcpus);
}

static int set_mode(struct sim_options *o, const char *name, const char *value)
{
    for (unsigned int i = 0; i < MODES; i++) {
        if (strcmp(value, modes[i]) == 0) {
            o->mode = (enum altp2m_mode)i;
            return 0;
        }
    }
    return altview_fail(-EINVAL, "sim: %s=%s: say mixed, external, limited or disabled", name,
                        value);
}

static int set_access_required(struct sim_options *o, const char *name, const char *value)
{
    if (*value) {
        return altview_fail(-EINVAL, "sim: %s=%s: say %s, without a value", name, value, name);
    }
    o->access_required = true;
    return 0;
}

static const struct {
    const char *name;
    int (*set)(struct sim_options *o, const char *name, const char *value);
} known[] = {
    {"views", set_views},
    {"memory", set_memory},
    {"vcpus", set_vcpus},
    {"mode", set_mode},
    {"access_required", set_access_required},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* One option, which is cut in two at its '='. */
static int parse_one(struct sim_options *o, char *option)
{
    char *value = option + strcspn(option, "=");

    if (*value) {
        *value++ = '\0';
    }
    for (unsigned int i = 0; i < KNOWN; i++) {
        if (strcmp(option, known[i].name) == 0) {
            return known[i].set(o, option, value);
        }
    }
    return altview_fail(-EINVAL,
                        "sim: there is no option \"%s\"; there are views=N, memory=MIB, vcpus=N, "
                        "mode=MODE and access_required",
                        option);
}

int sim_options_parse(const char *text, struct sim_options *options)
{
    struct sim_options o = {.views = 10, .memory = 16, .vcpus = 1, .mode = ALTP2M_MODE_EXTERNAL};

    while (*text) {
        char option[OPTION_SIZE];
        size_t length = strcspn(text, ",");
        int rc;

        if (length >= sizeof(option)) {
            return altview_fail(-EINVAL, "sim: \"%.20s...\" is too long for an option", text);
        }
        memcpy(option, text, length);
        option[length] = '\0';
        rc = parse_one(&o, option);
        if (rc) {
            return rc;
        }
        text += length;
        text += *text == ',';
    }
    *options = o;
    return 0;
}
