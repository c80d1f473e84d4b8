/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/feature.h"

#include "base/index.h"

#include <stddef.h>

/*
 * The MSRs that a guest writes without an exit (SDM Vol. 4, table 2-2). They are registers that the
 * CPU switches at exit and entry, that have no effect in root mode, or that can only slow the CPU
 * down. Each has its feature: if altview hides the feature, the guest does not have the MSR either.
 * FEATURE_ALWAYS: the MSR has no bit of CPUID. It comes with the model, or with a number of leaf
 * 0xa (performance counters, which count in root mode too, and write to no memory).
 */
static const struct {
    uint32_t first, last;
    enum feature feature;
} own[] = {
    {0x48, 0x48, FEATURE_IBRS}, /* speculation control: any of these features */
    {0x48, 0x48, FEATURE_STIBP},
    {0x48, 0x48, FEATURE_SSBD},
    {0x49, 0x49, FEATURE_IBRS},
    {0x8b, 0x8b, FEATURE_ALWAYS}, /* microcode's revision */
    {0xc1, 0xc8, FEATURE_ALWAYS}, /* performance counters */
    {0xe1, 0xe1, FEATURE_WAITPKG},
    {0xe7, 0xe8, FEATURE_APERFMPERF},
    {0x10b, 0x10b, FEATURE_L1D_FLUSH},
    {0x122, 0x123, FEATURE_ARCH_CAPABILITIES}, /* TSX, mitigations */
    {0x123, 0x123, FEATURE_SRBDS_CTRL},
    {0x140, 0x140, FEATURE_ALWAYS}, /* CPUID faulting, MWAIT: for ring 3, which root mode does not
                                     * have */
    {0x174, 0x176, FEATURE_SYSENTER},
    {0x179, 0x17b, FEATURE_MCA},
    {0x186, 0x18d, FEATURE_ALWAYS}, /* the counted events */
    {0x199, 0x199, FEATURE_EIST},
    {0x19a, 0x19c, FEATURE_ACPI}, /* clock duty, thermal interrupt and status */
    {0x1b0, 0x1b0, FEATURE_ENERGY_BIAS},
    {0x1b1, 0x1b2, FEATURE_PACKAGE_THERMAL},
    {0x1c4, 0x1c5, FEATURE_XFD},
    {0x1c8, 0x1c9, FEATURE_ALWAYS}, /* last branches: IA32_DEBUGCTL switches them on */
    {0x1d9, 0x1d9, FEATURE_ALWAYS}, /* IA32_DEBUGCTL: 0 in root mode (28.5.1) */
    {0x277, 0x277, FEATURE_PAT},
    {0x280, 0x29f, FEATURE_MCA},    /* corrected machine checks */
    {0x309, 0x30c, FEATURE_ALWAYS}, /* fixed counters */
    {0x38d, 0x391, FEATURE_ALWAYS}, /* and their control */
    {0x400, 0x47f, FEATURE_MCA},    /* banks */
    {0x4c1, 0x4c8, FEATURE_PDCM},   /* performance counters, all their bits */
    {0x680, 0x69f, FEATURE_ALWAYS}, /* last branches: from */
    {0x6a0, 0x6a2, FEATURE_CET_SS},
    {0x6a0, 0x6a2, FEATURE_CET_IBT},
    {0x6a4, 0x6a8, FEATURE_CET_SS},
    {0x6c0, 0x6df, FEATURE_ALWAYS}, /* to */
    {0x6e0, 0x6e0, FEATURE_TSC_DEADLINE},
    {0x6e1, 0x6e1, FEATURE_PKS},
    {0x770, 0x777, FEATURE_HWP},
    {0x800, 0x8ff, FEATURE_X2APIC},
    {0xc0000080, 0xc0000080, FEATURE_ALWAYS}, /* EFER */
    {0xc0000081, 0xc0000084, FEATURE_LONG_MODE},
    {0xc0000100, 0xc0000102, FEATURE_LONG_MODE},
    {0xc0000103, 0xc0000103, FEATURE_RDTSCP},
    {0xc0000103, 0xc0000103, FEATURE_RDPID},
};

/*
 * MSRs of features that altview always hides. The guest can neither read nor write them, so that a
 * guest that looks for a feature by its MSRs finds none. By some of them a CPU writes to memory
 * past EPT, or by linear address in root mode: processor trace (SDM Vol. 3C 33.5), PEBS and
 * IA32_DS_AREA (Vol. 3B 20.6.3), hardware feedback; architectural LBR records in root mode.
 */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x33, 0x33},     /* split and UC lock detection */
    {0x4e, 0x4f},     /* PPIN */
    {0x8c, 0x8f},     /* SGX */
    {0xcf, 0xcf},     /* core capabilities */
    {0x1cc, 0x1d4},   /* FRED */
    {0x3f1, 0x3f1},   /* PEBS */
    {0x560, 0x58f},   /* processor trace */
    {0x600, 0x600},   /* DS area */
    {0x981, 0x991},   /* TME, user interrupts, key locker */
    {0xc80, 0xc9f},   /* silicon debug, resource director */
    {0xd10, 0xd93},   /* the same; MPX, key locker, PASID */
    {0xdb0, 0xdb2},   /* hardware duty cycling */
    {0x1200, 0x121f}, /* architectural LBR */
    {0x14ce, 0x14cf},
    {0x1500, 0x151f},
    {0x1600, 0x161f},
    {0x17d0, 0x17da},         /* hardware feedback, HRESET */
    {0xc0010114, 0xc001011b}, /* SVM */
};

static bool is_hidden(uint32_t msr)
{
    for (size_t i = 0; i < INDEX_COUNT(hidden); i++) {
        if (msr >= hidden[i].first && msr <= hidden[i].last) {
            return true;
        }
    }
    return false;
}

struct msr_rights msr_rights(const struct feature_face *face, uint32_t msr)
{
    bool listed = false, shown = false;

    for (size_t i = 0; i < INDEX_COUNT(own); i++) {
        if (msr >= own[i].first && msr <= own[i].last) {
            listed = true;
            shown = shown || feature_is_shown(face, own[i].feature);
        }
    }
    return (struct msr_rights){.read = listed ? shown : !is_hidden(msr), .write = shown};
}
