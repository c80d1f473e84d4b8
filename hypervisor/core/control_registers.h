/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that a guest may write to its control registers, on any CPU; and writes that a monitor
 * watches. They cause exits only while one listens. */
#ifndef CORE_CONTROL_REGISTERS_H
#define CORE_CONTROL_REGISTERS_H

#include "core/domain.h"

/* Whether MOV to CR4 accepts that value. Else it is #GP. */
bool control_register_admits_cr4(const struct vcpu *vcpu, uint64_t value);

/* Whether WRMSR to EFER accepts that value. The guest may write back the value that it has read. */
bool control_register_admits_efer(const struct vcpu *vcpu, uint64_t value);

/* Whether WRMSR to IA32_PAT accepts that value. */
bool control_register_admits_pat(uint64_t value);

/* Whether MOV to CR0 accepts that value. Only checks that every CPU makes, but an emulator may not
 * make. */
bool control_register_admits_cr0(const struct vcpu *vcpu, uint64_t value);

exit_handler xsetbv_handle;

/* An instruction at RIP that has caused an exit, and what it does. */
struct register_write {
    enum altview_event_type type;
    uint64_t value, old;
    /* Whether the CPU accepts it. False: #GP. */
    bool (*is_valid)(struct vcpu *vcpu, uint64_t value);
    /* Write a value that is valid. False: #GP, the guest's memory has changed meanwhile. */
    bool (*set)(struct vcpu *vcpu, uint64_t value);
};

/* With the domain's lock. If the instruction's operand is valid, ask a monitor that listens, write
 * the register, and go on after the instruction; or do what the monitor says. */
void register_write(struct vcpu *vcpu, uint64_t operand, const struct register_write *write);

/* The bits of CR0, CR3, CR4 or XCR0, by the type of the event, whose changes a monitor wants to
 * know. */
static inline uint64_t register_watched(const struct vcpu *vcpu, enum altview_event_type type)
{
    size_t which = altp2m_clamp((size_t)type - ALTVIEW_EVENT_CR0, ALTVIEW_CONTROL_REGISTERS);

    return vcpu->domain->watched[which];
}

/* A monitor's decision. ENDED: there is an exception instead, or the vCPU executes the instruction
 * again. */
enum write_decision { WRITE_ALLOWED, WRITE_DENIED, WRITE_ENDED };

/* port/attend.c. With the domain's lock, and the registers as before the instruction; the monitor
 * may change them. */
enum write_decision monitor_decides_write(struct vcpu *vcpu, enum altview_event_type type,
                                          uint64_t value, uint64_t old);
/* The same for an MSR that control_watches_msr names. */
enum write_decision monitor_decides_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value,
                                        uint64_t old);

/* The same, without the question if no monitor wants to know of that change. */
static inline enum write_decision
register_may_change(struct vcpu *vcpu, enum altview_event_type type, uint64_t value, uint64_t old)
{
    return (value ^ old) & register_watched(vcpu, type)
               ? monitor_decides_write(vcpu, type, value, old)
               : WRITE_ALLOWED;
}

#endif
