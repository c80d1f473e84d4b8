/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU's virtualization, for the rest of the hypervisor. vmx/ (Intel VT-x) and svm/ (AMD-V) have
 * these functions. Code outside reaches them only by this header, core/state.h and core/vcpu.h.
 *
 * The build compiles each file that includes this once for each vendor, and links it with that
 * vendor's folder to a part of the image that exports one structure (vendors.h). So no call goes
 * through a pointer, and hot code stays inline. altview chooses the vendor once, at boot.
 */
#ifndef CORE_VENDOR_H
#define CORE_VENDOR_H

#include "base/status.h"
#include "core/domain.h"
#include "core/state.h"
#include "x86/exceptions.h"

/* Checking CPUs. */

/* Whether the CPU has the features that altview needs. Switches its virtualization on if the
 * firmware has not locked that. `missing`: a sentence that says why not. Fills the flags. */
bool vendor_serves(struct cpu_capabilities *cpu, char *missing, size_t size);
/* The same for a CPU that altview only keeps from the guest. */
bool vendor_parks(struct cpu_capabilities *cpu, char *missing, size_t size);
/* The name of a feature of the first CPU that another CPU lacks; NULL: none. */
const char *vendor_lack(const struct cpu_capabilities *first, const struct cpu_capabilities *other);
/* The format of the tables of views, and the features that they may use. */
void vendor_shape(struct altp2m_config *config, const struct cpu_capabilities *cpu);

/* Setting up. */

/* Negotiate the features in use with the CPU, and give the vCPU the pages that they need. At
 * start. */
void vendor_prepare(struct vcpu *vcpu);
/* Switch virtualization on, on this CPU, which `cpu` describes. Call it again after it was switched
 * off. */
void vendor_enable(const struct cpu_capabilities *cpu, uint64_t root_page);
/* The features that the guest sees, and pages of bits that all vCPUs share. */
void vendor_share(struct domain *domain);
/* Fill the vCPU's own structure, except the fields of start_load. On its own CPU. */
void vendor_build(struct vcpu *vcpu);
/* Connect the vCPU's exits to their handlers. It is a hook, because code that enters the guest does
 * not depend on handlers. */
void vendor_serve_exits(struct vcpu *vcpu);
/* Load a vCPU's start registers. On its own CPU. */
void start_load(struct vcpu *vcpu, const struct guest_start *start);
/*
 * Run a few instructions at the guest's entry first, to find out how this CPU single-steps. Then
 * restore the state for the guest's start.
 */
void selftest_prepare(struct vcpu *vcpu, uint64_t entry);

/* Into the guest. Exits come by the vendor's assembly, and end with run/entry.h. */
__attribute__((noreturn)) void vendor_enter(struct vcpu *vcpu);
/*
 * Before each entry, the debug build checks all state that the entry checks, and panics with the
 * violated rule (entry_check/): emulators check less than CPUs do, and CPUs don't say which rule
 * failed. It does not do so with wide windows, because the check takes as long as many exits and
 * would separate two vCPUs that race.
 */
#ifdef ALTVIEW_DEBUG
void entry_verify(struct vcpu *vcpu);
/* Stop checking entries: the caller wants to see the CPU refuse one. */
void entry_verify_stop(void);
#else
static inline void entry_verify(struct vcpu *vcpu)
{
    (void)vcpu;
}
#endif

/* Call it after an INIT's exit, with the domain's lock, but not on the first vCPU. If the CPU keeps
 * INIT pending, it takes the INIT: then this does not return, and the CPU comes back to
 * run/entry.c. */
void kept_init_take(struct vcpu *vcpu);
/* Whether writes to the x2APIC's command register cause exits. */
void vendor_watch_icr(const struct domain *domain, bool on);
/* Whether a monitor wants writes of an MSR to cause exits. The x2APIC's command register causes
 * them also while domain->watches. With the lock; while the guest runs, with every vCPU kept out of
 * it. */
void vendor_watch_msr(struct domain *domain, uint32_t msr, bool on);
/* The guest's value of an MSR that it reads without an exit, and writing one that it would write
 * without an exit, with the CPU's checks. False: #GP. On the vCPU's own CPU. */
bool vendor_msr_get(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool vendor_msr_set(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* MOV to CR0, CR3 and CR4 that changes bits of domain->watched causes exits from the next entry on,
 * and INT3 where control_cares about it. On the vCPU's own CPU, with the lock, when one of these
 * changes; start_load does so, too. */
void vendor_watch(struct vcpu *vcpu);

/* Views. */

/*
 * What core/vcpu_view.c needs. Inline:
 *
 *     vendor_set_eptp(vcpu, eptp)      from the next entry on
 *     vendor_note_view(vcpu, view)     the vCPU has gone there, as by VMFUNC
 *     vendor_invalidate(vcpu, eptp)    this CPU's translations of one EPTP or of ALTP2M_EPTP_ALL
 */

/* Load vcpu->altp2m's VMFUNC and #VE. If run/vmfunc.c serves VMFUNC, #UD causes an exit while the
 * vCPU has it on. */
void vendor_load_switches(struct vcpu *vcpu);

/* Events for the guest. */

/* Make the next entry deliver an exception. The last event asked for counts. */
void event_raise(struct vcpu *vcpu, unsigned int vector);
void event_raise_error(struct vcpu *vcpu, unsigned int vector, uint32_t error_code);
/* Raise a #PF for the access of the exit, in addition to the event that event_recover has found. */
void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error_code);
/* The exit is about an exception, not #DB, that belongs to the guest: deliver it. */
void event_raise_again(struct vcpu *vcpu);
/*
 * For exits that can come during the delivery of another event: queue that event again (SDM Vol. 3C
 * 28.2.4, 33.2 for NMIs that an IRET had unblocked). True if there was one. `exit_event` is the
 * word whose bit 12 says that an IRET had unblocked NMIs: exit event or qualification.
 */
bool event_recover(struct vcpu *vcpu, uint64_t exit_event);

/* An external interrupt will be delivered: at the next entry, or with the delivery that the exit
 * has interrupted. */
bool event_is_interrupt(const struct vcpu *vcpu);
/* Inject an external interrupt, without the APIC. Call it only if the guest takes one now. It ends
 * HLT. */
bool event_takes_interrupt(const struct vcpu *vcpu);
void event_interrupt(struct vcpu *vcpu, uint8_t vector);
/* Exit as soon as the guest takes one. */
void event_interrupt_window(struct vcpu *vcpu, bool on);

/* An NMI that came while the hypervisor ran: an nmi_handler (x86/exceptions.h). */
void event_nmi_in_root(struct vcpu *vcpu);
/* Give the guest an NMI as soon as it takes one. On the vCPU's own CPU. */
void event_want_nmi(struct vcpu *vcpu);

/* The exit is a fault of the instruction: only a trap that MOV SS delays can be pending. */
void blocking_forget_trap(struct vcpu *vcpu);
/* A monitor has set registers: blocking by STI or MOV SS is over, and so is the delayed trap. */
void blocking_end(struct vcpu *vcpu);
/* Do what MOV to CR3 does. If PAE's top level can't be loaded, do nothing. */
void control_register_set_cr3(struct vcpu *vcpu, uint64_t value);

/*
 * Single steps: the functions that core/step.c needs from the CPU. They restore the vCPU's own
 * state afterwards.
 */

/* The next entry executes one instruction, or if `delivers` delivers the pending event, and then
 * exits. `keep_out` blocks interrupts. A second call adds to the first. */
void vendor_step_on(struct vcpu *vcpu, bool delivers, bool keep_out);
/* The exit has come: undo the step's changes to the guest's state. */
void vendor_step_pause(struct vcpu *vcpu);
/* Until vendor_step_on the guest runs without steps. */
void vendor_step_off(struct vcpu *vcpu);
/* A trap of the guest's own comes before the next instruction, after an emulated one. */
bool vendor_trap_is_due(const struct vcpu *vcpu);
/* The exit ends a step, at any RIP. An instruction may end where it began: a jump to itself, one
 * iteration of REP. */
bool vendor_step_has_ended(const struct vcpu *vcpu);
/*
 * Before one of many steps: the vCPU takes neither an interrupt nor an NMI while one step follows
 * another. If one may be pending, an entry with nothing mapped takes it first.
 */
bool vendor_step_must_look(const struct vcpu *vcpu);

/* Macros: HYPERCALL_CODE, the bytes of the instruction by which a guest calls; HYPERCALL_LENGTH;
 * INIT_LEAVES_GUEST: an INIT for a CPU in the guest is an exit, else it resets the CPU.
 *
 * Inline: event_is_pending, event_skip, event_skip_instruction, and
 *
 *     vendor_delivers(vcpu)            the exit has interrupted the delivery of an event
 *     vendor_step_forget_exit(vcpu)    the exit of a step has been handled
 *     vendor_exit_precedes(vcpu, reason)     it came before the next instruction, by an NMI or to
 *                                            try the instruction: altview will not emulate that
 *     vendor_exit_is_nmi(vcpu, reason)       an NMI is to be looked at: one came, or their window
 *     vendor_exit_is_violation(reason)
 *     vendor_exit_is_ud(vcpu, reason)        #UD of an instruction
 */
#include "vendor/hot.h"

/* Time: taking the CPU from a guest that makes no exits. */

/* Make the guest exit when the TSC reaches this value. It does nothing while a step uses the timer,
 * or if the CPU has no timer: then altview polls the port on exits only. */
void vendor_set_timer(struct vcpu *vcpu, uint64_t ticks);
/* Whether the CPU has one. Else another device must ring (bell.h). */
bool vendor_has_timer(const struct vcpu *vcpu);

/* Reports about a vCPU that can't go on. */

/* Log the cause of the exit, registers, the vendor's structure, view, and the code at RIP. With the
 * domain's lock. */
void report(struct vcpu *vcpu);
/* The same, then end the machine: run/report.c. */
__attribute__((noreturn)) void report_and_stop(struct vcpu *vcpu, enum status status,
                                               const char *why);

#endif
