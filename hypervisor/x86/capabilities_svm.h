/* SPDX-License-Identifier: BSD-2-Clause */
/* What an AMD CPU offers altview. The tables in capabilities_svm.c decide what must be. */
#ifndef X86_CAPABILITIES_SVM_H
#define X86_CAPABILITIES_SVM_H

#include "x86/capability_table.h"

struct svm_capabilities {
    uint64_t extended; /* CPUID 8000_0001: ECX, and EDX in the high half */
    uint64_t features; /* CPUID 8000_000A: EDX; this and the rest is 0 where the CPU has no SVM */
    uint64_t vm_cr;    /* MSR VM_CR */
    uint32_t asids;    /* CPUID 8000_000A: EBX; the host's, number 0, is one of them */

    /* Filled by svm_capabilities_check; required ones are not listed: they are there. */
    bool nrip_save;      /* exits tell where the next instruction begins */
    bool flush_by_asid;  /* TLB_CONTROL 3: this ASID's translations only */
    bool decode_assists; /* exits tell of the instruction's bytes and operands */
    bool vmcb_clean;     /* the CPU may keep parts of the VMCB over an exit */
    bool lbr;            /* last branch records are switched by the CPU */
    bool vgif;           /* a global interrupt flag of the guest's own */
    bool pages_1g;       /* 1 GiB entries in nested page tables */
    char lacks[160];     /* why not, a sentence for people; empty: all that is required is there */
};

/* Of struct svm_capabilities. */
extern const struct capability_table svm_required, svm_optional;

/* Fill the flags and `lacks`. True if all that is required is there. Pure. */
bool svm_capabilities_check(struct svm_capabilities *svm);

/* "a, b; without c, d" of the optional ones. Pure. */
void svm_capabilities_describe(const struct svm_capabilities *svm, char *text, size_t size);

/* What another CPU lacks to do what the first one does, by name; NULL: nothing. Both have been
 * through svm_capabilities_check. Pure. */
const char *svm_capabilities_lack(const struct svm_capabilities *first,
                                  const struct svm_capabilities *other);

/*
 * What VM_CR is to hold where it holds `now`: SVM not switched off, if the firmware has left that
 * open. Writes to a locked one are ignored (APM Vol. 2 15.30.1). Pure.
 */
uint64_t svm_vm_cr(uint64_t now);

/* Read CPUID, and VM_CR where CPUID promises it. In capabilities_read.c. */
void svm_capabilities_read(struct svm_capabilities *svm);
/* On each CPU that comes, or comes back: switch SVM on in VM_CR if the firmware has left that to
 * us. False: it has locked it off. The CPU has SVM. In capabilities_read.c. */
bool svm_capabilities_unlock(void);

#endif
