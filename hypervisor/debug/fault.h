/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults that the debug build commits when its option debug= names one, to show what altview says
 * then. altview.elf has none of this.
 */
#ifndef DEBUG_FAULT_H
#define DEBUG_FAULT_H

#include "core/vcpu.h"

/* Where it happens. */
enum fault_place {
    FAULT_IN_DOMAIN, /* there is a domain, and no host p2m yet */
    FAULT_AT_START,  /* the guest is about to be started */
    FAULT_IN_EXIT,   /* it reads one of Xen's CPUID leaves */
};

#ifdef ALTVIEW_DEBUG
/* debug=NAME; false: there is no such fault. */
bool debug_fault_choose(const char *name);
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
