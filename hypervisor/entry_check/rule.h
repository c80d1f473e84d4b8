/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules by which a CPU accepts or refuses a guest's state, checked in software. The check names
 * a violated rule. This part is the same for any CPU: vmx_check.h has the rules of VT-x,
 * svm_check.h those of AMD-V. Pure.
 */
#ifndef ENTRY_CHECK_RULE_H
#define ENTRY_CHECK_RULE_H

#include <stdbool.h>
#include <stddef.h>

struct rule {
    const char *section; /* of the manual */
    const char *subject; /* the subject, if the rule holds for several: a segment, a list; or "" */
    const char *text;
};

/* A walk through all rules. */
struct rule_walk {
    struct rule here;    /* section and subject of the next rules */
    struct rule broken;  /* the first violated rule; text NULL: none */
    unsigned int breaks; /* how many are violated */
    /* Called for every rule; may be NULL. */
    void (*told)(void *context, const struct rule *rule, bool holds);
    void *context;
};

/* The rules that follow are of that section, and about that subject. */
static inline void rules_of(struct rule_walk *walk, const char *section, const char *subject)
{
    walk->here.section = section;
    walk->here.subject = subject;
}

/* Note the rule. */
void rule_tell(struct rule_walk *walk, const char *text, bool holds);

/* Short if a rule holds: this runs some 260 times for each VM entry. */
static inline void rule(struct rule_walk *walk, const char *text, bool holds)
{
    if (!holds || walk->told) {
        rule_tell(walk, text, holds);
    }
}

static inline bool implies(bool condition, bool consequence)
{
    return !condition || consequence;
}

#endif
