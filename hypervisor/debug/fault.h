/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that the debug build commits when its option debug= names one, to show altview's report.
 * altview.elf has none of this.
 */
#ifndef DEBUG_FAULT_H
#define DEBUG_FAULT_H

#include <stdbool.h>

struct vcpu;

/* The place of the fault. */
enum fault_place {
    FAULT_IN_DOMAIN, /* there is a domain, and no host p2m yet */
    FAULT_AT_START,  /* just before the guest starts */
    FAULT_IN_EXIT,   /* it reads one of Xen's CPUID leaves */
};

/* Identifier, name, place. */
/* clang-format off */
#define FAULT_LIST(X) \
    X(PANIC,            "panic",            IN_EXIT) \
    X(INVALID_OPCODE,   "invalid-opcode",   IN_EXIT) \
    X(WRITE_CODE,       "write-code",       AT_START) \
    X(WRITE_CODE_COPY,  "write-code-copy",  AT_START) \
    X(RUN_DATA,         "run-data",         AT_START) \
    X(NARROW,           "narrow",           IN_DOMAIN) \
    X(REFUSED,          "refused",          IN_EXIT) \
    X(OVERFLOW,         "overflow",         IN_EXIT) \
    X(MACHINE_CHECK,    "machine-check",    IN_EXIT) \
    X(UNSERVED,         "unserved",         IN_EXIT) \
    X(CHECKED_STATE,    "checked-state",    IN_EXIT) \
    X(GUEST_STATE,      "guest-state",      IN_EXIT) \
    X(ENTRY_CONTROLS,   "entry-controls",   IN_EXIT) \
    X(GUEST_MSR,        "guest-msr",        IN_EXIT) \
    X(MISCONFIGURATION, "misconfiguration", IN_EXIT) \
    X(OWN_PAGE,         "own-page",         AT_START) \
    X(FREE_PAGE,        "free-page",        AT_START) \
    X(DEAF,             "deaf",             IN_EXIT) \
    X(NMI_AT_END,       "nmi-at-end",       IN_EXIT)
/* clang-format on */

#define FAULT_ID(id, name, place) FAULT_##id,
enum fault { FAULT_NONE, FAULT_LIST(FAULT_ID) FAULTS };

#ifdef ALTVIEW_DEBUG
/* debug=NAME; false: there is no such fault. */
bool debug_fault_choose(const char *name);
/* Commit the chosen fault, once, if this is its place. */
enum fault debug_fault_take(enum fault_place place);
void debug_fault(enum fault_place place, const struct vcpu *vcpu);
#else
static inline bool debug_fault_choose(const char *name)
{
    (void)name;
    return false;
}

static inline void debug_fault(enum fault_place place, const struct vcpu *vcpu)
{
    (void)place, (void)vcpu;
}
#endif

#endif
