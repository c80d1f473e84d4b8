/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/vcpu.h: what VT-x keeps for a vCPU. Its own CPU alone uses it. */
#ifndef VENDOR_VCPU_H
#define VENDOR_VCPU_H

#include "vmx/controls.h"
#include "vmx/reason.h"

/* What the boot-time test of the monitor trap flag has overwritten. */
#define SELFTEST_BYTES 6
struct guest_selftest {
    uint64_t entry;
    uint8_t saved[SELFTEST_BYTES];
};

struct vmx_vcpu {
    struct vmx_controls controls; /* vendor_prepare agrees on them with the CPU; then constant */
    uint32_t processor_controls, secondary_controls; /* as in the VMCS; first as in `controls` */
    bool invept_single;                              /* the CPU has it; constant */
    uint64_t vmcs_page;                              /* physical address; constant */
    struct guest_selftest selftest;                  /* the first vCPU's test's */
};

#endif
