/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/vcpu.h: VT-x's state of a vCPU. Only its own CPU uses it. */
#ifndef VENDOR_VCPU_H
#define VENDOR_VCPU_H

#include "vmx/controls.h"
#include "vmx/report/reason.h"

/* The guest code that the boot-time test of the monitor trap flag has overwritten. */
#define SELFTEST_BYTES 6
struct guest_selftest {
    uint64_t entry;
    uint8_t saved[SELFTEST_BYTES];
};

/* The current step (core/step.c): vmx/step/step.c, timed_step.c and blocking.c. */
struct vmx_step {
    bool by_flag;           /* the monitor trap flag works; start_load copies the first vCPU's */
    bool timed;             /* it ends by the timer: timed_step.c */
    bool if_lent;           /* RFLAGS.IF is altview's */
    bool loads_ss;          /* the instruction does */
    bool trap_waits;        /* its trap comes after the next instruction: it has loaded SS */
    bool held;              /* interrupts are blocked in it: blocking.c */
    uint8_t blocked_before; /* what blocked them then */
};

struct exit_row;

struct vmx_vcpu {
    const struct exit_row *rows;  /* by basic exit reason; vendor_build sets it */
    struct vmx_controls controls; /* vendor_prepare agrees on them with the CPU; then constant */
    uint32_t processor_controls, secondary_controls; /* as in the VMCS; first as in `controls` */
    uint32_t exceptions;                             /* that leave the guest, as in the VMCS */
    bool invept_single;                              /* the CPU has it; constant */
    uint64_t vmcs_page;                              /* physical address; constant */
    struct vmx_step step;
    struct guest_selftest selftest; /* the first vCPU's test's */
};

/* Its place in struct vcpu. */
#define VENDOR_VCPU struct vmx_vcpu vmx

#endif
