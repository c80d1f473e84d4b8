/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of rules. Each file checks a part of the state. */
#ifndef ENTRY_CHECK_VMX_PARTS_H
#define ENTRY_CHECK_VMX_PARTS_H

#include "entry_check/vmx_check.h"
#include "vmx/controls.h"

#include <stddef.h>

typedef void vmx_rules(struct rule_walk *walk, const struct vmx_entry_state *state);
vmx_rules vmx_check_execution_controls, vmx_check_exit_controls, vmx_check_entry_controls;
vmx_rules vmx_check_event, vmx_check_host, vmx_check_guest_registers, vmx_check_segments;
vmx_rules vmx_check_guest_flow, vmx_check_activity, vmx_check_interruptibility;
vmx_rules vmx_check_pending_debug, vmx_check_link_pointer, vmx_check_pdptes, vmx_check_msr_lists;

/* Controls that altview never sets, and that controls.h does not name (SDM Vol. 3C 25.6 to
 * 25.8). */
#define PIN_EXTERNAL_INTERRUPTS (1U << 0)
#define PIN_POSTED_INTERRUPTS   (1U << 7)

#define PROCESSOR_TERTIARY   (1U << 17)
#define PROCESSOR_TPR_SHADOW (1U << 21)

#define SECONDARY_APIC_ACCESSES  (1U << 0)
#define SECONDARY_X2APIC         (1U << 4)
#define SECONDARY_APIC_REGISTERS (1U << 8)
#define SECONDARY_VIRTUAL_INTR   (1U << 9)
#define SECONDARY_SHADOWING      (1U << 14)
#define SECONDARY_PML            (1U << 17)
#define SECONDARY_MODE_EXECUTE   (1U << 22)
#define SECONDARY_SUB_PAGES      (1U << 23)
#define SECONDARY_TRACE_GPA      (1U << 24)
#define SECONDARY_TSC_SCALING    (1U << 25)

#define TERTIARY_HLAT         (1U << 1)
#define TERTIARY_PAGING_WRITE (1U << 2)
#define TERTIARY_VERIFICATION (1U << 3)
#define TERTIARY_IPI          (1U << 4)

#define EXIT_LOAD_PERF   (1U << 12)
#define EXIT_ACKNOWLEDGE (1U << 15)
#define EXIT_CLEAR_RTIT  (1U << 25)
#define EXIT_LOAD_CET    (1U << 28)
#define EXIT_LOAD_PKRS   (1U << 29)
#define EXIT_SECONDARY   (1U << 31)

#define ENTRY_TO_SMM       (1U << 10)
#define ENTRY_DEACTIVATE   (1U << 11) /* dual-monitor treatment */
#define ENTRY_LOAD_PERF    (1U << 13)
#define ENTRY_LOAD_BNDCFGS (1U << 16)
#define ENTRY_LOAD_RTIT    (1U << 18)
#define ENTRY_LOAD_UINV    (1U << 19)
#define ENTRY_LOAD_CET     (1U << 20)
#define ENTRY_LOAD_LBR     (1U << 21)
#define ENTRY_LOAD_PKRS    (1U << 22)

/* VM-entry interruption information: bits 10:8. */
enum vmx_event_type {
    VMX_EVENT_INTERRUPT = 0,
    VMX_EVENT_NMI = 2,
    VMX_EVENT_EXCEPTION = 3,
    VMX_EVENT_SOFTWARE_INTERRUPT = 4,
    VMX_EVENT_PRIVILEGED_EXCEPTION = 5,
    VMX_EVENT_SOFTWARE_EXCEPTION = 6,
    VMX_EVENT_OTHER = 7,
};

static inline bool vmx_event_is(const struct vmx_entry_state *s, enum vmx_event_type type)
{
    return s->controls.event >> 31 & 1 && (s->controls.event >> 8 & 7) == type;
}

/* Secondary and tertiary controls count as 0 where they are not activated (25.6.2). */
static inline bool vmx_secondary(const struct vmx_entry_state *s, uint32_t bit)
{
    return s->controls.processor & PROCESSOR_SECONDARY && s->controls.secondary & bit;
}

static inline bool vmx_tertiary(const struct vmx_entry_state *s, uint32_t bit)
{
    return s->controls.processor & PROCESSOR_TERTIARY && s->controls.tertiary & bit;
}

static inline bool vmx_is_long(const struct vmx_entry_state *s)
{
    return s->controls.entry & ENTRY_GUEST_64BIT;
}

static inline bool vmx_is_unrestricted(const struct vmx_entry_state *s)
{
    return vmx_secondary(s, SECONDARY_UNRESTRICTED);
}

/* A single-step trap comes after each instruction. */
static inline bool vmx_traps(const struct vmx_entry_state *s)
{
    return s->guest.rflags >> 8 & 1 && !(s->guest.debugctl >> 1 & 1);
}

static inline bool vmx_is_physical(const struct vmx_entry_state *s, uint64_t address)
{
    return !(address >> s->cpu.physical_bits);
}

static inline bool vmx_is_page(const struct vmx_entry_state *s, uint64_t address)
{
    return vmx_is_physical(s, address) && !(address & 0xfff);
}

/* Bits 63:N are the same, where N is the width. */
static inline bool vmx_same_above(const struct vmx_entry_state *s, uint64_t address,
                                  unsigned int less)
{
    int64_t top = (int64_t)address >> (s->cpu.linear_bits - less);

    return top == 0 || top == -1;
}

static inline bool vmx_is_canonical(const struct vmx_entry_state *s, uint64_t address)
{
    return vmx_same_above(s, address, 1);
}

/* The values that a control MSR of the first kind allows (SDM Vol. 3D A.2): bits 31:0 must be 1,
 * 63:32 may be 1. */
static inline bool vmx_is_allowed(uint64_t limits, uint64_t value)
{
    return (value & (uint32_t)limits) == (uint32_t)limits && !(value & ~(limits >> 32));
}

/* CR0 and CR4 (SDM Vol. 3D A.7, A.8), except the bits of `free`. */
static inline bool vmx_is_fixed(uint64_t value, uint64_t fixed0, uint64_t fixed1, uint64_t free)
{
    return !(fixed0 & ~value & ~free) && !(value & ~fixed1 & ~free);
}

/* Memory types of IA32_PAT (SDM Vol. 3A 12.12.2): 0, 1, 4, 5, 6, 7. */
static inline bool vmx_is_pat(uint64_t pat)
{
    for (unsigned int i = 0; i < 64; i += 8) {
        uint64_t type = pat >> i & 0xff;

        if (type > 7 || type == 2 || type == 3) {
            return false;
        }
    }
    return true;
}

/* IA32_S_CET (SDM Vol. 1 17): bits 9:6 are reserved, 10 and 11 exclude each other. */
static inline bool vmx_is_s_cet(uint64_t s_cet)
{
    return !(s_cet & 0x3c0) && (s_cet & 0xc00) != 0xc00;
}

#endif
