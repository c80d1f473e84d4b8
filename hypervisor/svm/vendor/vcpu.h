/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/vcpu.h: what AMD-V keeps for a vCPU. Its own CPU alone uses it, but for `halted`, which
 * others read with the domain's lock. */
#ifndef VENDOR_VCPU_H
#define VENDOR_VCPU_H

#include "core/reason.h"
#include "svm/asid.h"
#include "svm/vmcb.h"

/* What the instruction that is stepped does to the flags: step.c. */
enum svm_flags { FLAGS_KEPT, FLAGS_PUSHED, FLAGS_LOADED, FLAGS_TO_R11 };

struct svm_step {
    bool on;        /* the next entry executes one instruction */
    bool ended;     /* the last exit was the trap of the one before, if that is not on any more */
    bool traps;     /* and that trap is the guest's, too */
    bool alone;     /* external interrupts are kept out; else one takes the vCPU out before it */
    uint8_t length; /* of INT n, INT3 and INTO; 0: it is none of them */
    uint64_t event; /* what they raise, as the VMCB has events */
    enum svm_flags flags;
    uint64_t flag, masked;  /* the guest's RFLAGS.TF; that bit of SFMASK */
    uint64_t dr6, rip, rsp; /* before it */
};

struct vcpu;

/* MOV to a control register, in a step: control_registers.c. */
struct svm_tried {
    bool on;
    uint64_t cr0, cr4, efer, rip;
};

struct svm_vcpu {
    struct vmcb *vmcb, *idle;                 /* constant; the second is settle.c's */
    uint64_t vmcb_page, idle_page, host_page; /* constant, physical; the last: what VMLOAD gives us
                                               * back */
    /* Constant, where exit.S goes on: others want something; the wait in HLT has not ended. */
    void (*attend)(struct vcpu *vcpu), (*wait_on)(struct vcpu *vcpu);
    struct asids asids;
    bool unsettled;    /* a step or an event has to be looked after at the next exit */
    bool exits_behind; /* the event that is pending, before its handler: settle.c */
    bool busy;         /* settle.c has work before the next entry; exit.S looks */
    bool halted;       /* as by HLT: the next entry is into idle.c's guest */
    bool tcg;          /* constant: the CPU is QEMU's, which svm.c tells */
    bool watches_int;  /* constant: INT n leaves the guest all the time, as svm.c tells */
    bool window;       /* exit when the guest takes interrupts */
    bool nmi_masked;   /* until IRET, which leaves the guest meanwhile */
    bool nmi_returns;  /* that IRET is at `nmi_return`, and is to be executed */
    uint64_t nmi_return;
    uint64_t next_tick;     /* TSC: when settle.c looks at the port */
    uint64_t software_next; /* behind the INT n that is being delivered */
    struct svm_step step;
    struct svm_tried tried;
};

/* Its place in struct vcpu. */
#define VENDOR_VCPU struct svm_vcpu svm

#endif
