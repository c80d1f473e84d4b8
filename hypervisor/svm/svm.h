/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's AMD-V. */
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

/* Exceptions that cause exits. Delivering #DB or #AC may raise the same exception without end.
 * Without the intercept no exit would come then. (Xen: XSA-156.) */
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

/* The check of required features, and the flags of optional ones: as capabilities_check. */
bool svm_lacks_nothing(struct cpu_capabilities *cpu, char *missing, size_t size);

/* Whether the CPU can halt until an event comes. The first vCPU's CPU polls the control port for
 * all, unless a bell rings and nothing waits for the line: the hub does not ring when the line has
 * room again. If it may never wake, it also checks whether all vCPUs are in that state. */
static inline bool svm_may_sleep(const struct vcpu *vcpu)
{
    bool may_wake = vcpu->svm.vmcb->rflags & RFLAGS_IF;

    return !vcpu->xen.deadline &&
           (vcpu->altp2m->id != 0 || (vcpu->domain->bell.by != BELL_BY_NONE && may_wake &&
                                      !domain_has_unsent(vcpu->domain)));
}

/* Whether MOV to CR0, CR4, and to CR3 while a monitor watches it, causes exits. */
void svm_watch_control_registers(struct vcpu *vcpu, bool on);

/* Called by exit.S. */

/* Before an entry, with GIF 0: the work that `busy` asks for. False: not now, because another vCPU
 * has a demand. */
bool svm_settle(struct vcpu *vcpu);

/* In idle.S. */
void svm_idle(uint64_t vmcb_page);
extern const char svm_idle_sleeps[], svm_idle_polls[];

#endif
