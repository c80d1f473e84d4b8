/* SPDX-License-Identifier: BSD-2-Clause */
/* For core/vcpu.h: AMD-V's state of a vCPU. Only its own CPU uses it, except `halted`, which others
 * read with the domain's lock. */
#ifndef VENDOR_VCPU_H
#define VENDOR_VCPU_H

#include "core/reason.h"
#include "svm/asid.h"
#include "svm/vmcb.h"

/* The stepped instruction's effect on the flags: step.c. */
enum svm_flags { FLAGS_KEPT, FLAGS_PUSHED, FLAGS_LOADED, FLAGS_TO_R11, FLAGS_FROM_R11 };

/* Instructions that use the flag: bits of intercepts, and EFER.SCE for SYSCALL and SYSRET. */
#define SVM_STEP_USES_SCE UINT32_C(1)
#define SVM_STEP_USES     (INTERCEPT_PUSHF | INTERCEPT_POPF | INTERCEPT_IRET | SVM_STEP_USES_SCE)

struct svm_step {
    bool on;         /* the next entry executes one instruction */
    bool ended;      /* the last exit was the trap of the step before, if that step is over */
    bool traps;      /* and that trap is the guest's, too */
    bool alone;      /* external interrupts are blocked; else one makes the vCPU exit before it */
    uint8_t length;  /* of INT n, INT3 and INTO; 0: it is none of them */
    uint64_t opened; /* where an STI that turns interrupts on ends; 0: it is none */
    uint64_t event;  /* their exception, in the VMCB's form */
    enum svm_flags flags;
    uint32_t uses;          /* what this instruction is of SVM_STEP_USES; all if it is not known */
    uint64_t sce;           /* the guest's EFER.SCE, if the step has taken it away */
    uint64_t flag, masked;  /* the guest's RFLAGS.TF; that bit of SFMASK */
    uint64_t r11;           /* and of R11, for SYSRET */
    uint64_t dr6, rip, rsp; /* before it */
    bool shadow;            /* it is in an interrupt shadow that the CPU has not loaded */
};

struct vcpu;

/* MOV to a control register, in a step: control_registers.c. */
struct svm_tried {
    bool on;
    uint64_t cr0, cr3, cr4, efer, rip; /* before it; after it, what it would write */
    uint64_t asks; /* number of the #DB that ends it, if a monitor watches what it changes */
};

struct svm_vcpu {
    struct vmcb *vmcb, *idle;                 /* constant; the second is settle.c's */
    uint64_t vmcb_page, idle_page, host_page; /* constant, physical; the last: root mode's state for
                                               * VMLOAD */
    /* Constant, where exit.S goes on: another vCPU has a demand; the wait in HLT has not ended. */
    void (*attend)(struct vcpu *vcpu), (*wait_on)(struct vcpu *vcpu);
    struct asids asids;
    bool unsettled;    /* a step or an event needs work at the next exit */
    bool exits_behind; /* exit after the pending event's delivery, before its handler: settle.c */
    bool busy;         /* settle.c has work before the next entry; exit.S checks */
    bool halted;       /* as by HLT: the next entry is into idle.c's guest */
    bool tcg;          /* constant: the CPU is QEMU's, found by svm.c */
    bool watches_int;  /* INT n leaves the guest, not only in steps: vmcb.c */
    bool window;       /* exit when the guest takes interrupts */
    bool nmi_masked;   /* until IRET, which causes an exit meanwhile */
    bool nmi_returns;  /* that IRET is at `nmi_return`, and must be executed */
    uint64_t nmi_return;
    uint64_t refused_gate;  /* vcpu->moment when a task gate of INT n was refused */
    uint64_t next_tick;     /* TSC: when settle.c polls the port */
    uint64_t software_next; /* after the INT n that is being delivered */
    struct svm_step step;
    struct svm_tried tried;
};

/* Its place in struct vcpu. */
#define VENDOR_VCPU struct svm_vcpu svm

#endif
