/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include "base/string.h"
#include "debug/fault.h"
#include "debug/window.h"

#include <stddef.h>

#define WORD_MAX      64
#define DEFAULT_VIEWS 10 /* Xen 4.17: MAX_ALTP2M */
#define MAX_POOL      1000000
#define LEAST_REACH   32 /* bits of an address */
#define MAX_REACH     52

struct choice {
    const char *name;
    unsigned int value;
};

static const struct choice modes[] = {
    {"mixed", ALTP2M_MODE_MIXED},
    {"external", ALTP2M_MODE_EXTERNAL},
    {"limited", ALTP2M_MODE_LIMITED},
    {"disabled", ALTP2M_MODE_DISABLED},
    {NULL, 0},
};

static const struct choice ends[] = {
    {"halt", BOOT_END_HALT},
    {"bochs", BOOT_END_BOCHS},
    {"qemu", BOOT_END_QEMU},
    {"reset", BOOT_END_RESET},
    {NULL, 0},
};

static const struct choice faces[] = {
    {"on", BOOT_FACE_ON},
    {"off", BOOT_FACE_OFF},
    {NULL, 0},
};

static const struct choice silent_cpus[] = {
    {"refuse", false},
    {"watch", true},
    {NULL, 0},
};

static const struct choice rings[] = {
    {"off", false},
    {"on", true},
    {NULL, 0},
};

static const struct choice vmfuncs[] = {
    {"auto", false},
    {"software", true},
    {NULL, 0},
};

static const struct choice bells[] = {
    {"auto", BOOT_BELL_AUTO},
    {"hub", BOOT_BELL_HUB},
    {"off", BOOT_BELL_OFF},
    {NULL, 0},
};

static bool choose(const struct choice *choices, const char *value, unsigned int *chosen)
{
    for (; choices->name; choices++) {
        if (strcmp(choices->name, value) == 0) {
            *chosen = choices->value;
            return true;
        }
    }
    return false;
}

static bool set_mode(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(modes, value, &chosen)) {
        return false;
    }
    options->mode = chosen;
    return true;
}

static bool set_end(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(ends, value, &chosen)) {
        return false;
    }
    options->end = chosen;
    return true;
}

static bool set_face(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(faces, value, &chosen)) {
        return false;
    }
    options->xen_face = chosen;
    return true;
}

/* Decimal, low to high. */
static bool read_number(const char *value, unsigned int low, unsigned int high, unsigned int *to)
{
    unsigned int number = 0;

    if (!*value) {
        return false;
    }
    for (; *value >= '0' && *value <= '9' && number <= high; value++) {
        number = number * 10 + (unsigned int)(*value - '0');
    }
    if (*value || number < low || number > high) {
        return false;
    }
    *to = number;
    return true;
}

static bool set_view_count(struct boot_options *options, const char *value)
{
    return read_number(value, 1, ALTP2M_MAX_VIEWS, &options->view_count);
}

static bool set_pool(struct boot_options *options, const char *value)
{
    return read_number(value, 0, MAX_POOL, &options->pool);
}

static bool set_cpus(struct boot_options *options, const char *value)
{
    return read_number(value, 1, BOOT_MAX_CPUS, &options->cpus);
}

static bool set_reach(struct boot_options *options, const char *value)
{
    return read_number(value, LEAST_REACH, MAX_REACH, &options->reach);
}

static bool set_silent_cpus(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(silent_cpus, value, &chosen)) {
        return false;
    }
    options->watch_silent = chosen;
    return true;
}

static bool set_vmfunc(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(vmfuncs, value, &chosen)) {
        return false;
    }
    options->vmfunc_in_software = chosen;
    return true;
}

static bool set_ring(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(rings, value, &chosen)) {
        return false;
    }
    options->ring = chosen;
    return true;
}

static bool set_bell(struct boot_options *options, const char *value)
{
    unsigned int chosen;

    if (!choose(bells, value, &chosen)) {
        return false;
    }
    options->bell = chosen;
    return true;
}

static bool set_access_required(struct boot_options *options, const char *value)
{
    options->access_required = true;
    return *value == '\0';
}

static bool set_fault(struct boot_options *options, const char *value)
{
    (void)options;
    return debug_fault_choose(value);
}

static bool set_windows(struct boot_options *options, const char *value)
{
    (void)options;
    return *value == '\0' && window_widen();
}

/* A name that ends in '=' takes a value. */
static const struct option {
    const char *name;
    bool (*set)(struct boot_options *options, const char *value);
    const char *remedy;
} table[] = {
    {"altp2m=", set_mode, "say altp2m=mixed, external, limited or disabled"},
    {"altp2m_count=", set_view_count, "say altp2m_count=N with N from 1 to 512"},
    {"access_required", set_access_required, "say access_required, without a value"},
    {"xen-face=", set_face, "say xen-face=on or off"},
    {"end=", set_end, "say end=halt, bochs, qemu or reset"},
    {"pool=", set_pool, "say pool=N with N from 0 to 1000000"},
    {"wide-windows", set_windows, "only altview-debug.elf takes it, and without a value"},
    {"cpus=", set_cpus, "say cpus=N with N from 1 to 64"},
    {"reach=", set_reach, "say reach=N with N from 32 to 52"},
    {"silent-cpus=", set_silent_cpus, "say silent-cpus=refuse or watch"},
    {"vmfunc=", set_vmfunc, "say vmfunc=auto or software"},
    {"ring=", set_ring, "say ring=on or off"},
    {"bell=", set_bell, "say bell=auto, hub or off"},
    {"debug=", set_fault, "only altview-debug.elf takes it: see hypervisor/debug/fault.c"},
};

static bool starts_with(const char *text, const char *start)
{
    while (*start) {
        if (*text++ != *start++) {
            return false;
        }
    }
    return true;
}

/* A word that begins with an option's name and goes on is another word. */
static bool names(const char *word, const char *name)
{
    size_t length = strlen(name);

    return starts_with(word, name) &&
           (name[length - 1] == '=' || word[length] == '\0' || word[length] == '=');
}

static bool set_option(struct boot_options *options, const char *word, struct refusal *why)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct option *o = &table[i];

        if (names(word, o->name)) {
            return o->set(options, word + strlen(o->name)) ||
                   refuse(why, STATUS_BAD_OPTION, word, "this value is not allowed", o->remedy);
        }
    }
    return refuse(
        why, STATUS_BAD_OPTION, word, "altview has no such option",
        "it knows altp2m=, altp2m_count=, access_required, xen-face=, end=, pool=, cpus=, "
        "reach=, silent-cpus=, vmfunc=, ring= and bell=");
}

/* The next word of the line into `word`, cut to its size. False at the end of the line. */
static bool next_word(const char **line, char *word, size_t size)
{
    size_t used = 0;

    while (**line == ' ' || **line == '\t') {
        (*line)++;
    }
    for (; **line && **line != ' ' && **line != '\t'; (*line)++) {
        if (used + 1 < size) {
            word[used++] = **line;
        }
    }
    word[used] = '\0';
    return used > 0;
}

bool options_parse(struct boot_options *options, const char *line, struct refusal *why)
{
    struct refusal later;
    char word[WORD_MAX];
    bool fine = true;

    *options = (struct boot_options){.mode = ALTP2M_MODE_MIXED,
                                     .view_count = DEFAULT_VIEWS,
                                     .end = BOOT_END_HALT,
                                     .pool = BOOT_POOL_ALL,
                                     .cpus = BOOT_MAX_CPUS,
                                     .reach = MAX_REACH};
    while (next_word(&line, word, sizeof(word))) {
        fine &= set_option(options, word, fine ? why : &later);
    }
    return fine;
}
