/* SPDX-License-Identifier: BSD-2-Clause */
/* The features of an AMD CPU that altview uses. The tables in capabilities_svm.c say which are
 * required. */
#ifndef X86_CAPABILITIES_SVM_H
#define X86_CAPABILITIES_SVM_H

#include "x86/capability_table.h"

struct svm_capabilities {
    uint64_t extended; /* CPUID 8000_0001: ECX, and EDX in the high half */
    uint64_t features; /* CPUID 8000_000A: EDX; this and the rest is 0 where the CPU has no SVM */
    uint64_t vm_cr;    /* MSR VM_CR */
    uint32_t asids;    /* CPUID 8000_000A: EBX; the host's, number 0, is one of them */

    /* Filled by svm_capabilities_check. Required features are not listed, because every accepted
     * CPU has them. */
    bool nrip_save;      /* exits report where the next instruction begins */
    bool flush_by_asid;  /* TLB_CONTROL 3: this ASID's translations only */
    bool decode_assists; /* exits report the instruction's bytes and operands */
    bool vmcb_clean;     /* the CPU may keep parts of the VMCB over an exit */
    bool lbr;            /* the CPU switches last branch records */
    bool vgif;           /* a global interrupt flag of the guest's own */
    bool pages_1g;       /* 1 GiB entries in nested page tables */
    char lacks[160];     /* why not, as a sentence; empty: the CPU has all required features */
};

/* Of struct svm_capabilities. */
extern const struct capability_table svm_required, svm_optional;

/* Fill the flags and `lacks`. True if the CPU has all required features. Pure. */
bool svm_capabilities_check(struct svm_capabilities *svm);

/* "a, b; without c, d" of the optional ones. Pure. */
void svm_capabilities_describe(const struct svm_capabilities *svm, char *text, size_t size);

/* The name of a feature of the first CPU that another CPU lacks; NULL: none. Both have passed
 * svm_capabilities_check. Pure. */
const char *svm_capabilities_lack(const struct svm_capabilities *first,
                                  const struct svm_capabilities *other);

/*
 * The right value of VM_CR if it is `now`: SVM not switched off, if the firmware has not locked it.
 * Writes to a locked one are ignored (APM Vol. 2 15.30.1). Pure.
 */
uint64_t svm_vm_cr(uint64_t now);

/* Call it on each CPU that arrives, or comes back: switch SVM on in VM_CR if the firmware has not
 * locked it. False: the firmware has locked SVM off. The CPU must have SVM. In
 * capabilities_read.c. */
bool svm_capabilities_unlock(void);

#endif
