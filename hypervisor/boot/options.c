/* SPDX-License-Identifier: BSD-2-Clause */
#include "multiboot.h"

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

static const struct choice alone[] = {
    {"", true},
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

static bool widen_windows(const char *value)
{
    return *value == '\0' && window_widen();
}

#define FIELD(name)                                                                                \
    .at = offsetof(struct boot_options, name), .size = sizeof(((struct boot_options *)0)->name)

/* A name that ends in '=' takes a value: one of the choices, or a number. */
static const struct option {
    const char *name, *remedy;
    size_t at, size; /* of the field in struct boot_options */
    const struct choice *choices;
    unsigned int low, high;
    bool (*act)(const char *value); /* or the function to call instead */
} table[] = {
    {"altp2m=", "say altp2m=mixed, external, limited or disabled", FIELD(mode), .choices = modes},
    {"altp2m_count=", "say altp2m_count=N with N from 1 to 512", FIELD(view_count), .low = 1,
     .high = ALTP2M_MAX_VIEWS},
    {"access_required", "say access_required, without a value", FIELD(access_required),
     .choices = alone},
    {"xen-face=", "say xen-face=on or off", FIELD(xen_face), .choices = faces},
    {"end=", "say end=halt, bochs, qemu or reset", FIELD(end), .choices = ends},
    {"pool=", "say pool=N with N from 0 to 1000000", FIELD(pool), .high = MAX_POOL},
    {"wide-windows", "only altview-debug.elf takes it, and without a value", .act = widen_windows},
    {"cpus=", "say cpus=N with N from 1 to 64", FIELD(cpus), .low = 1, .high = BOOT_MAX_CPUS},
    {"reach=", "say reach=N with N from 32 to 52", FIELD(reach), .low = LEAST_REACH,
     .high = MAX_REACH},
    {"silent-cpus=", "say silent-cpus=refuse or watch", FIELD(watch_silent),
     .choices = silent_cpus},
    {"vmfunc=", "say vmfunc=auto or software", FIELD(vmfunc_in_software), .choices = vmfuncs},
    {"ring=", "say ring=on or off", FIELD(ring), .choices = rings},
    {"bell=", "say bell=auto, hub or off", FIELD(bell), .choices = bells},
    {"debug=", "only altview-debug.elf takes it: see hypervisor/debug/fault.c",
     .act = debug_fault_choose},
};

/* Fields are booleans, or enumerations and numbers of one size. */
static void put(struct boot_options *options, const struct option *o, unsigned int value)
{
    uint8_t *field = (uint8_t *)options + o->at;

    if (o->size == sizeof(bool)) {
        *(bool *)field = value;
    } else {
        memcpy(field, &value, sizeof(value));
    }
}

_Static_assert(sizeof(enum boot_bell) == sizeof(unsigned int), "an enumeration's size");

static bool set(struct boot_options *options, const struct option *o, const char *value)
{
    unsigned int number;

    if (o->act) {
        return o->act(value);
    }
    if (o->choices ? !choose(o->choices, value, &number)
                   : !read_number(value, o->low, o->high, &number)) {
        return false;
    }
    put(options, o, number);
    return true;
}

static bool starts_with(const char *text, const char *start)
{
    while (*start) {
        if (*text++ != *start++) {
            return false;
        }
    }
    return true;
}

/* A word that only begins with an option's name is another word. */
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
            return set(options, o, word + strlen(o->name)) ||
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
