/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU's virtualization does for everything beside it: vmx/ (Intel VT-x) and svm/ (AMD-V)
 * have these functions, and all outside reach them by this header, core/state.h and core/vcpu.h
 * alone.
 *
 * Whatever includes this is compiled once for each vendor, and linked with that vendor's folder to
 * a part of the image of which vendors.h shows one structure. So no call goes through a pointer,
 * and what is hot stays inline. The choice is made once, at boot.
 */
#ifndef CORE_VENDOR_H
#define CORE_VENDOR_H

#include "base/status.h"
#include "core/domain.h"
#include "core/state.h"
#include "x86/exceptions.h"

/* Which CPUs there are. */

/* The CPU has what altview needs of it, and its virtualization is switched on where the firmware
 * has left that to us. `missing`: a sentence that says why not. Fills the flags. */
bool vendor_serves(struct cpu_capabilities *cpu, char *missing, size_t size);
/* The same for a CPU that is only to be kept from the guest. */
bool vendor_parks(struct cpu_capabilities *cpu, char *missing, size_t size);
/* What another CPU lacks to do what the first one does, by name; NULL: nothing. */
const char *vendor_lack(const struct cpu_capabilities *first, const struct cpu_capabilities *other);
/* What the tables of views look like, and what may be in them. */
void vendor_shape(struct altp2m_config *config, const struct cpu_capabilities *cpu);

/* Setting up. */

/* Agree with the CPU on what is used, and give the vCPU the pages that this takes. At start. */
void vendor_prepare(struct vcpu *vcpu);
/* Switch virtualization on, on this CPU, of which `cpu` is true. Again after it was switched
 * off. */
void vendor_enable(const struct cpu_capabilities *cpu, uint64_t root_page);
/* What the guest sees of the CPU, and pages of bits that all vCPUs share. */
void vendor_share(struct domain *domain);
/* The vCPU's own structure, but for what start_load sets. On its own CPU. */
void vendor_build(struct vcpu *vcpu);
/* Have the vCPU's exits go to their handlers: a hook, as what enters the guest needs no handler. */
void vendor_serve_exits(struct vcpu *vcpu);
/* The registers that a vCPU starts with. On its own CPU. */
void start_load(struct vcpu *vcpu, const struct guest_start *start);
/*
 * Run a few instructions at the guest's entry first, to see by what this CPU single-steps. The
 * guest then starts as if nothing had been.
 */
void selftest_prepare(struct vcpu *vcpu, uint64_t entry);

/* Into the guest. Exits come by the vendor's assembly, and end with run/entry.h. */
__attribute__((noreturn)) void vendor_enter(struct vcpu *vcpu);
/*
 * The debug build looks at all that an entry looks at, before each, and panics with the rule that
 * is broken (entry_check/): emulators check less than CPUs do, and CPUs don't say which rule it
 * was. Not with wide windows: what takes as long as many exits has no place between two that race.
 */
#ifdef ALTVIEW_DEBUG
void entry_verify(struct vcpu *vcpu);
/* Check no entry more from now on: the caller wants what the CPU says of one that is wrong. */
void entry_verify_stop(void);
#else
static inline void entry_verify(struct vcpu *vcpu)
{
    (void)vcpu;
}
#endif

/* After an INIT's exit, with the domain's lock; not on the first vCPU. Where the CPU keeps INIT
 * pending, take it: then this does not return, and the CPU comes back to run/entry.c. */
void kept_init_take(struct vcpu *vcpu);
/* Whether writes to the x2APIC's command register leave the guest. */
void vendor_watch_icr(const struct domain *domain, bool on);

/* Views. */

/*
 * What core/vcpu_view.c needs. Inline:
 *
 *     vendor_set_eptp(vcpu, eptp)      from the next entry on
 *     vendor_note_view(vcpu, view)     the vCPU has gone there, as by VMFUNC
 *     vendor_invalidate(vcpu, eptp)    this CPU's translations of one EPTP or of ALTP2M_EPTP_ALL
 */

/* VMFUNC and #VE as vcpu->altp2m has them. Where run/vmfunc.c serves VMFUNC: #UD leaves the guest
 * while the vCPU has it on. */
void vendor_load_switches(struct vcpu *vcpu);

/* Events for the guest. */

/* Have the next entry deliver an exception. The last event asked for counts. */
void event_raise(struct vcpu *vcpu, unsigned int vector);
void event_raise_error(struct vcpu *vcpu, unsigned int vector, uint32_t error_code);
/* A #PF that the access of the exit is, after all: on top of what event_recover has found. */
void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error_code);
/* The exit is about an exception that is the guest's, not #DB: have it delivered after all. */
void event_raise_again(struct vcpu *vcpu);
/*
 * For exits that can hit the delivery of another event: queue that event again (SDM Vol. 3C
 * 28.2.4, 33.2 for what an IRET had unblocked). True if there was one. `exit_event` is the word
 * whose bit 12 says that an IRET had unblocked NMIs: exit event or qualification.
 */
bool event_recover(struct vcpu *vcpu, uint64_t exit_event);

/* An external interrupt is to be delivered: at the next entry, or when what the exit has
 * interrupted is taken up again. */
bool event_is_interrupt(const struct vcpu *vcpu);
/* An external interrupt's vector, past the APIC: only if the guest takes one now. HLT is left. */
bool event_takes_interrupt(const struct vcpu *vcpu);
void event_interrupt(struct vcpu *vcpu, uint8_t vector);
/* Exit as soon as the guest takes one. */
void event_interrupt_window(struct vcpu *vcpu, bool on);

/* An NMI that came while the hypervisor ran: an nmi_handler (x86/exceptions.h). */
void event_nmi_in_root(struct vcpu *vcpu);
/* The guest is to have an NMI, as soon as it takes one. On the vCPU's own CPU. */
void event_want_nmi(struct vcpu *vcpu);

/* The exit is a fault of the instruction: only a trap that MOV SS holds can be pending. */
void blocking_forget_trap(struct vcpu *vcpu);
/* Registers have been set: what STI or MOV SS held off is past, and the trap goes with the rest. */
void blocking_end(struct vcpu *vcpu);
/* What MOV to CR3 would do; where PAE's top level can't be loaded, nothing. */
void control_register_set_cr3(struct vcpu *vcpu, uint64_t value);

/*
 * Single steps: what core/step.c needs of the CPU, with the vCPU's own state put back afterwards.
 */

/* At the next entry one instruction is executed, or the event that is pending is delivered, if
 * `delivers`; then there is an exit. Interrupts stay out if `keep_out`. A second call adds to what
 * the first has done. */
void vendor_step_on(struct vcpu *vcpu, bool delivers, bool keep_out);
/* The exit has come: undo what that takes of the guest's state. */
void vendor_step_pause(struct vcpu *vcpu);
/* Until vendor_step_on the guest runs on as ever. */
void vendor_step_off(struct vcpu *vcpu);
/* A trap of the guest's own comes before the next instruction: behind one that was emulated. */
bool vendor_trap_is_due(const struct vcpu *vcpu);
/* The exit is the end of a step, wherever RIP is. An instruction may go on where it began: a jump
 * to itself, one turn of REP. */
bool vendor_step_has_ended(const struct vcpu *vcpu);
/*
 * Before one of many steps: neither an interrupt nor an NMI is taken while one step follows the
 * other. Where one may be due, an entry in which nothing is mapped looks for it first.
 */
bool vendor_step_must_look(const struct vcpu *vcpu);

/* Macros: HYPERCALL_CODE, the bytes of the instruction by which a guest calls; HYPERCALL_LENGTH;
 * INIT_LEAVES_GUEST: an INIT for a CPU in the guest is an exit, else it resets the CPU.
 *
 * Inline: event_is_pending, event_skip, event_skip_instruction, and
 *
 *     vendor_delivers(vcpu)            the exit has interrupted the delivery of an event
 *     vendor_step_forget_exit(vcpu)    the exit of a step has been handled
 *     vendor_exit_by_nmi(vcpu, reason)       an NMI came before the next instruction
 *     vendor_exit_is_nmi(vcpu, reason)       an NMI is to be looked at: one came, or their window
 *     vendor_exit_is_violation(reason)
 *     vendor_exit_is_ud(vcpu, reason)        #UD of an instruction
 */
#include "vendor/hot.h"

/* Time: what takes the CPU from a guest that never leaves by itself. */

/* Have an exit come when the TSC has counted so far in the guest. Nothing while a step has the
 * timer for itself; or where the CPU has none: then altview looks at the port on exits only. */
void vendor_set_timer(struct vcpu *vcpu, uint64_t ticks);
/* Whether the CPU has one: else something else has to ring (bell.h). */
bool vendor_has_timer(const struct vcpu *vcpu);

/* What is to be known of a vCPU that can't go on. */

/* Log the cause of the exit, registers, the vendor's structure, view, and the code at RIP. With the
 * domain's lock. */
void report(struct vcpu *vcpu);
/* The same, then end the machine: run/report.c. */
__attribute__((noreturn)) void report_and_stop(struct vcpu *vcpu, enum status status,
                                               const char *why);

#endif
