/* SPDX-License-Identifier: BSD-2-Clause */
/* Every combination of a table's capabilities: CPUs that have some and lack others. */
#ifndef PURE_COMBINATIONS_H
#define PURE_COMBINATIONS_H

#include "pure/refusals.h"

#include "x86/capability_table.h"

/* A bit for each row that the CPU lacks. */
struct combination {
    const struct capability_table *required, *optional;
    unsigned int required_off, optional_off;
};

static inline void combination_take(void *cpu, const struct capability *row)
{
    uint64_t *word = (void *)((char *)cpu + row->word);
    uint64_t bit = UINT64_C(1) << row->bit % CAPABILITY_OFF;

    *word = row->bit & CAPABILITY_OFF ? *word | bit : *word & ~bit;
}

static inline void combination_take_all(void *cpu, const struct capability_table *table,
                                        unsigned int off)
{
    for (size_t i = 0; i < table->count; i++)
        if (off >> i & 1)
            combination_take(cpu, &table->rows[i]);
}

/* Removes capabilities from a CPU that has all. True if all required ones are left. */
static inline bool combination_apply(const struct combination *c, void *cpu)
{
    combination_take_all(cpu, c->required, c->required_off);
    combination_take_all(cpu, c->optional, c->optional_off);
    return !c->required_off;
}

/* The refusal names each required capability that is missing, and none that the CPU has. */
static inline bool combination_is_named(const struct combination *c, const char *refusal)
{
    for (size_t i = 0; i < c->required->count; i++) {
        const char *name = c->required->rows[i].name, *at = strstr(refusal, name);
        size_t length = strlen(name);

        /* A name may be part of another. */
        while (at && ((at[length] && at[length] != ',') || (at > refusal && at[-1] != ' ')))
            at = strstr(at + 1, name);
        if (!at != !(c->required_off >> i & 1))
            return false;
    }
    return true;
}

static inline void combination_check_flags(const struct combination *c, const void *cpu)
{
    for (size_t i = 0; i < c->optional->count; i++) {
        const struct capability *row = &c->optional->rows[i];

        assert_int_equal(*((const bool *)cpu + row->flag), !(c->optional_off >> i & 1));
    }
}

/* With all required ones: each subset of the optional ones. Without one or two required ones: each
 * pair, with all optional ones and with none. */
static inline void combinations(const struct capability_table *required,
                                const struct capability_table *optional,
                                void (*check)(const struct combination *c))
{
    struct combination c = {.required = required, .optional = optional};

    for (; !(c.optional_off >> optional->count); c.optional_off++)
        check(&c);
    for (size_t i = 0; i < required->count; i++) {
        for (size_t j = i; j < required->count; j++) {
            c.required_off = 1U << i | 1U << j;
            c.optional_off = 0;
            check(&c);
            c.optional_off = (1U << optional->count) - 1;
            check(&c);
        }
    }
}

#endif
