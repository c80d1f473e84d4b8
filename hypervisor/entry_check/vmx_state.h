/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state that a VM entry checks: the VMCS's fields, the CPU's limits, and the data that it reads
 * from memory. Each field is a uint64_t, so that a table can name its source. 0: this CPU has no
 * such field.
 */
#ifndef ENTRY_CHECK_VMX_STATE_H
#define ENTRY_CHECK_VMX_STATE_H

#include "x86/capabilities.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order of the VMCS's fields. */
enum vmx_segment { VMX_ES, VMX_CS, VMX_SS, VMX_DS, VMX_FS, VMX_GS, VMX_LDTR, VMX_TR, VMX_SEGMENTS };

#define VMX_HOST_SELECTORS 7 /* ES to GS, and TR */
#define VMX_PDPTES         4

/* The same for every entry on this CPU. */
struct vmx_entry_cpu {
    struct vmx_msrs msrs;
    uint64_t tertiary, exit2; /* bits of these controls that may be 1 */
    unsigned int physical_bits, linear_bits;
    /* Bits that may be 1 in the MSRs of these names. */
    uint64_t debugctl, perf_global, rtit_ctl, lbr_ctl;
    bool rtm, bus_lock_trap, enclaves;
    bool traces;   /* processor trace is on in root mode */
    uint64_t vmcs; /* the address of the current one */
};

/* An entry of an MSR list (SDM Vol. 3C 25.7.2, 25.8.2). */
struct vmx_msr_entry {
    uint32_t index, reserved;
    uint64_t value;
};

struct vmx_msr_list {
    uint64_t count, address;
    const struct vmx_msr_entry *entries; /* NULL: do not check it */
};

struct vmx_entry_controls {
    uint64_t pin, processor, secondary, tertiary, exit, exit2, entry;
    uint64_t cr3_targets, vpid, eptp, tsc_multiplier, tpr_threshold;
    uint64_t io_bitmap_a, io_bitmap_b, msr_bitmap, virtual_apic, apic_access;
    uint64_t posted_vector, posted_descriptor, pid_pointers, pid_last;
    uint64_t pml, spptp, hlatp, vmfunc, eptp_list, vmread_bitmap, vmwrite_bitmap, ve_information;
    uint64_t event, error_code, length;
    struct vmx_msr_list exit_stores, exit_loads, entry_loads;
};

struct vmx_entry_host {
    uint64_t cr0, cr3, cr4, rip;
    uint64_t sysenter_esp, sysenter_eip, perf_global, pat, efer, pkrs;
    uint64_t s_cet, ssp, ssp_table;
    uint64_t selectors[VMX_HOST_SELECTORS];
    uint64_t fs_base, gs_base, tr_base, gdtr_base, idtr_base;
};

struct vmx_entry_segment {
    uint64_t selector, base, limit, rights;
};

struct vmx_entry_guest {
    uint64_t cr0, cr3, cr4, dr7, rip, rflags;
    uint64_t debugctl, sysenter_esp, sysenter_eip, perf_global, pat, efer;
    uint64_t bndcfgs, rtit_ctl, lbr_ctl, pkrs, uinv, s_cet, ssp, ssp_table;
    struct vmx_entry_segment segments[VMX_SEGMENTS];
    uint64_t gdtr_base, gdtr_limit, idtr_base, idtr_limit;
    uint64_t activity, interruptibility, pending_debug, link_pointer;
    uint64_t pdptes[VMX_PDPTES];
};

struct vmx_entry_state {
    struct vmx_entry_cpu cpu;
    struct vmx_entry_controls controls;
    struct vmx_entry_host host;
    struct vmx_entry_guest guest;
    uint64_t vtpr;          /* in the virtual-APIC page */
    uint64_t link_revision; /* first word of the VMCS that the link pointer names */
};

#endif
