/* SPDX-License-Identifier: BSD-2-Clause */
/* The states that VMRUN refuses: APM Vol. 2 15.5.1, "canonicalization and consistency checks".
 * Pure. */
#ifndef ENTRY_CHECK_SVM_CHECK_H
#define ENTRY_CHECK_SVM_CHECK_H

#include "entry_check/rule.h"
#include "svm/vmcb.h"

/* This CPU's features. */
struct svm_entry_cpu {
    unsigned int physical_bits;
    uint64_t cr4;  /* bits that may be 1 */
    uint64_t efer; /* the same */
    uint32_t asids;
};

void svm_check(struct rule_walk *walk, const struct svm_entry_cpu *cpu, const struct vmcb *vmcb);

#endif
