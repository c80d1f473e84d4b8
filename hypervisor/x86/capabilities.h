/* SPDX-License-Identifier: BSD-2-Clause */
/* The features of an Intel CPU that altview uses. The tables in capabilities.c say which are
 * required. capabilities_svm.h has the same for AMD's. */
#ifndef X86_CAPABILITIES_H
#define X86_CAPABILITIES_H

#include "x86/capabilities_svm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* VMX capability MSRs (SDM Vol. 3D appendix A); the "true" ones where the CPU has them. 0: no such
 * MSR. */
struct vmx_msrs {
    uint64_t basic, misc;
    uint64_t pin, processor, secondary, exit, entry; /* high half: bits that may be 1; low: bits
                                                      * that must be 1 */
    uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
    uint64_t ept_vpid, vmfunc;
};

struct cpu_capabilities {
    uint32_t cpuid1_ecx;
    uint64_t cpuid7;          /* CPUID.7: EBX, and ECX in the high half */
    uint64_t feature_control; /* IA32_FEATURE_CONTROL; 0 if the CPU has no VMX */
    struct vmx_msrs vmx;
    struct svm_capabilities svm;
    unsigned int physical_bits; /* width of a physical address */
    bool pages_1g;              /* 1 GiB pages in the CPU's own page tables */
    uint64_t xcr0, xss;         /* bits that may be set in them; 0 without XSAVE */
    uint64_t xsave;             /* CPUID.(0xd, 1): EAX, XSAVE's further instructions */

    /* Filled by capabilities_check. Required features are not listed, because every accepted CPU
     * has them. */
    bool vmfunc;           /* VM functions */
    bool eptp_switching;   /* the VM function that changes views */
    bool ve;               /* EPT violations as #VE */
    bool execute_only;     /* EPT entries that are neither readable nor writable */
    bool ept_2m, ept_1g;   /* EPT superpages */
    bool invept_single;    /* INVEPT for one EPTP */
    bool vpid;             /* VPID, with INVVPID for one or all contexts */
    bool mtf;              /* monitor trap flag */
    bool preemption_timer; /* VMX-preemption timer */
    bool smep, smap, umip; /* CR4: ring 0 can't access ring 3's pages, ring 3 can't read the
                            * descriptor tables */
};

/* Of struct cpu_capabilities. */
extern const struct capability_table vmx_required, vmx_optional;

/* The width of a physical address. */
unsigned int capabilities_physical_bits(void);

/* Reads CPUID and the MSRs. Reads no MSR that CPUID or another MSR does not announce. */
void capabilities_read(struct cpu_capabilities *cpu);

/* VMX operation is possible; if not, `missing` is a sentence that says why. Pure. */
bool capabilities_has_vmx(const struct cpu_capabilities *cpu, char *missing, size_t size);

/*
 * Fills the flags. False if something required is missing; then `missing` is a sentence that names
 * all of it. Pure.
 */
bool capabilities_check(struct cpu_capabilities *cpu, char *missing, size_t size);

/* VMFUNC changes views without an exit; else run/vmfunc.c serves it. Pure. */
static inline bool capabilities_has_vmfunc(const struct cpu_capabilities *cpu)
{
    return cpu->vmfunc && cpu->eptp_switching;
}

/* "a, b; without c, d" of the optional ones. Pure. */
void capabilities_describe(const struct cpu_capabilities *cpu, char *text, size_t size);

/*
 * The name of a feature of the first CPU that another CPU of the machine lacks; NULL: none. Both
 * have passed capabilities_check. Pure.
 */
const char *capabilities_lack(const struct cpu_capabilities *first,
                              const struct cpu_capabilities *other);

/*
 * The right value of IA32_FEATURE_CONTROL if it is `now`. After it is locked, a write is #GP until
 * the CPU is reset (SDM Vol. 3C 24.7): then the result is `now`. Pure.
 */
uint64_t capabilities_feature_control(uint64_t now);

/*
 * Call it on each CPU that arrives, or comes back: turns VMX on in IA32_FEATURE_CONTROL if the
 * firmware has not locked it. False: the firmware has locked VMX off. The CPU must have VMX.
 */
bool capabilities_unlock(void);

#endif
