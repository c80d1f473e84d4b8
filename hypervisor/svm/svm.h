/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD-V of one vCPU. */
#ifndef SVM_SVM_H
#define SVM_SVM_H

#include "core/vendor.h"
#include "svm/vmcb.h"

#define EXCEPTION_OF(code) ((unsigned int)((code)-SVM_EXIT_EXCEPTION(0)))

static inline void clgi(void)
{
    __asm__ volatile("clgi" : : : "memory");
}

static inline void stgi(void)
{
    __asm__ volatile("stgi" : : : "memory");
}

static inline void vmsave(uint64_t page)
{
    __asm__ volatile("vmsave %0" : : "a"(page) : "memory");
}

/* QEMU 7.2 writes 32 bits of the code. */
static inline bool svm_exit_is_invalid(uint64_t code)
{
    return (uint32_t)code == UINT32_MAX;
}

static inline bool svm_exit_is_exception(uint64_t code)
{
    return code >= SVM_EXIT_EXCEPTION(0) && code < SVM_EXIT_EXCEPTION(32);
}

/* Exceptions that leave the guest. Delivering #DB or #AC may raise it again, without end: nothing
 * else would leave the guest then. (Xen: XSA-156.) */
#define EXCEPTIONS_EXITING                                                                         \
    (INTERCEPT_EXCEPTION(VECTOR_MC) | INTERCEPT_EXCEPTION(VECTOR_BP) |                             \
     INTERCEPT_EXCEPTION(VECTOR_UD) | INTERCEPT_EXCEPTION(VECTOR_DB) |                             \
     INTERCEPT_EXCEPTION(VECTOR_AC))

#define DR6_MET      UINT64_C(0xf)
#define DR6_ACCESS   (UINT64_C(1) << 13) /* to debug registers, which DR7 guards */
#define DR6_STEP     (UINT64_C(1) << 14)
#define DR6_AT_RESET 0xffff0ff0U
#define DR7_AT_RESET 0x400U

#define DR7_GENERAL_DETECT (UINT64_C(1) << 13)

/* What the CPU must have, and the flags of what it may: as capabilities_check. */
bool svm_lacks_nothing(struct cpu_capabilities *cpu, char *missing, size_t size);

/* Whether the CPU can stop until something comes. The first vCPU's looks at the control port for
 * all, if no bell has it do so; and, where it may never wake, whether all have come to that. */
static inline bool svm_may_sleep(const struct vcpu *vcpu)
{
    bool may_wake = vcpu->svm.vmcb->rflags & RFLAGS_IF;

    return !vcpu->xen.deadline &&
           (vcpu->altp2m->id != 0 || (vcpu->domain->bell.by != BELL_BY_NONE && may_wake));
}

/* Whether MOV to CR0 and CR4 leaves the guest. */
void svm_watch_control_registers(struct vcpu *vcpu, bool on);

/* Called by exit.S. */

/* Before an entry, with GIF 0: what `busy` asks for. False: not now, others want something. */
bool svm_settle(struct vcpu *vcpu);

/* In idle.S. */
void svm_idle(uint64_t vmcb_page);
extern const char svm_idle_sleeps[], svm_idle_polls[];

#endif
