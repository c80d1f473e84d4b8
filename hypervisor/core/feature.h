/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's features that the guest sees: an allow list (feature_list.h). It determines CPUID, the
 * bits that CR4 may have, the components of XCR0 and IA32_XSS, and the MSRs that the guest accesses
 * without an exit.
 */
#ifndef CORE_FEATURE_H
#define CORE_FEATURE_H

#include "base/index.h"
#include "core/feature_list.h"
#include "x86/x86.h"

#include <stdbool.h>
#include <stdint.h>

enum cpuid_register { EAX, EBX, ECX, EDX, CPUID_REGISTERS };

#define FEATURE_NAME(name, leaf, subleaf, reg, bit, served) FEATURE_##name,
enum feature { FEATURE_LIST(FEATURE_NAME) FEATURES, FEATURE_ALWAYS = FEATURES };

/* What a feature needs of the CPU's virtualization in addition to its own bit. Each is a bit. */
enum feature_need {
    NEEDS_INVPCID = 1 << 0,
    NEEDS_RDTSCP = 1 << 1,
    NEEDS_XSAVES = 1 << 2,
    NEEDS_WAITPKG = 1 << 3,
    NEEDS_CET = 1 << 4,
};

/* A leaf, or the subleaves from one on, of which the guest may see some bits. */
#define FEATURE_LEAVES 32

/* The mask of a leaf, if it needs only a mask. */
struct feature_plain {
    uint32_t keep[CPUID_REGISTERS];
    uint32_t last; /* the largest number in EAX; 0: filter_more decides */
};

/* The answer of one CPU with one set of needs met; the same for all vCPUs. */
struct feature_face {
    uint32_t masks[FEATURE_LEAVES][CPUID_REGISTERS]; /* in the order of feature.c's leaves */
    uint8_t rows[2][32];                             /* basic, extended: a leaf's first; 0: none */
    struct feature_plain plain[2][32];
    uint64_t shown[FEATURES / 64 + 1]; /* features that this CPU has */
    uint64_t cr4, xcr0, xss;           /* the bits that may be set in them */
    uint32_t xsave_size;               /* the size of an area for all of XCR0 */
};

/* CPUID of the CPU, or of a test's CPU. */
typedef void cpuid_reader(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS]);

/* The CPU's own. */
static inline void cpuid_read(uint32_t leaf, uint32_t subleaf, uint32_t regs[CPUID_REGISTERS])
{
    struct cpuid_regs r = cpuid(leaf, subleaf);

    regs[EAX] = r.eax;
    regs[EBX] = r.ebx;
    regs[ECX] = r.ecx;
    regs[EDX] = r.edx;
}

/* `met`: of enum feature_need. */
void feature_build(struct feature_face *face, unsigned int met, cpuid_reader *read);

/* NULL: feature_filter finds it. */
static inline const struct feature_plain *feature_plain(const struct feature_face *face,
                                                        uint32_t leaf)
{
    size_t number = leaf & 0x7fffffff;

    if (!index_clamp(&number, 32) || !face->plain[leaf >> 31][number].last) {
        return NULL;
    }
    return &face->plain[leaf >> 31][number];
}

/* Reduce the CPU's answer to what the guest may see. The caller fills in the bits that depend on
 * CR4. */
void feature_filter(const struct feature_face *face, uint32_t leaf, uint32_t subleaf,
                    uint32_t regs[CPUID_REGISTERS]);

/* Whether the guest sees it, which requires that the CPU has it. FEATURE_ALWAYS: yes. */
bool feature_is_shown(const struct feature_face *face, enum feature feature);

/* msr_list.c: the accesses to an MSR that the guest may make without an exit. Others exit:
 * run/msr.c. */
struct msr_rights {
    bool read, write;
};
struct msr_rights msr_rights(const struct feature_face *face, uint32_t msr);

#endif
