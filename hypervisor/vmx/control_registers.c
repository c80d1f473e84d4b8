/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/control_registers.h"

#include "core/control_registers.h"
#include "core/domain.h"
#include "guestmem/access.h"
#include "vmx/event.h"
#include "vmx/vmx.h"

/* Exit qualification for control register accesses (SDM Vol. 3C table 28-3). */
#define QUALIFICATION_NUMBER(q)   ((q)&0xf)
#define QUALIFICATION_TYPE(q)     ((q) >> 4 & 3)
#define QUALIFICATION_REGISTER(q) ((q) >> 8 & 0xf)
#define TYPE_MOV_TO               0
#define REGISTER_RSP              4

#define CR0_DEFINED UINT64_C(0xe005003f)
#define CR0_ET      (UINT64_C(1) << 4)

#define RIGHTS_TYPE      0xfU
#define TYPE_TSS_16_BUSY 3

#define PDPTES        4
#define PDPTE_PRESENT UINT64_C(1)

static uint64_t operand(const struct vcpu *vcpu, uint64_t qualification)
{
    unsigned int number = QUALIFICATION_REGISTER(qualification);

    return number == REGISTER_RSP ? vmread(VMCS_GUEST_RSP) : vcpu->registers.numbered[number];
}

/* PAE paging starts: the CPU takes the top level into registers (SDM Vol. 3A 4.4.1). */
static bool load_pdptes(struct vcpu *vcpu)
{
    uint64_t pdptes[PDPTES], root = vmread(VMCS_GUEST_CR3) & UINT64_C(0xffffffe0);
    uint64_t reserved = ~((UINT64_C(1) << (vcpu->domain->gfn_bits + 12)) - 1) | 0x1e6;

    if (guest_copy_in_physical(vcpu, pdptes, root, sizeof(pdptes))) {
        return false;
    }
    for (unsigned int i = 0; i < PDPTES; i++) {
        if (pdptes[i] & PDPTE_PRESENT && pdptes[i] & reserved) {
            return false;
        }
    }
    for (unsigned int i = 0; i < PDPTES; i++) {
        vmwrite((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i), pdptes[i]);
    }
    return true;
}

static void set_long_mode(bool on)
{
    uint64_t efer = vmread(VMCS_GUEST_EFER), controls = vmread(VMCS_ENTRY_CONTROLS);

    vmwrite(VMCS_GUEST_EFER, on ? efer | EFER_LMA : efer & ~EFER_LMA);
    vmwrite(VMCS_ENTRY_CONTROLS,
            on ? controls | ENTRY_GUEST_64BIT : controls & ~(uint64_t)ENTRY_GUEST_64BIT);
}

/* SDM Vol. 2B, MOV to control registers. The CPU would not enter the guest with it either. */
static bool can_start_long_mode(uint64_t cr4)
{
    return cr4 & CR4_PAE && !(vmread(VMCS_GUEST_CS_RIGHTS) & RIGHTS_LONG) &&
           (vmread(VMCS_GUEST_TR_RIGHTS) & RIGHTS_TYPE) != TYPE_TSS_16_BUSY;
}

static bool start_paging(struct vcpu *vcpu, uint64_t cr4, uint64_t efer)
{
    if (efer & EFER_LME) {
        if (!can_start_long_mode(cr4)) {
            return false;
        }
        set_long_mode(true);
        return true;
    }
    return !(cr4 & CR4_PAE) || load_pdptes(vcpu);
}

static bool stop_paging(uint64_t cr4, uint64_t efer)
{
    if (efer & EFER_LMA) {
        if (cr4 & CR4_PCIDE || vmread(VMCS_GUEST_CS_RIGHTS) & RIGHTS_LONG) {
            return false;
        }
        set_long_mode(false);
    }
    return true;
}

static bool switch_paging(struct vcpu *vcpu, bool on)
{
    uint64_t cr4 = vmread(VMCS_GUEST_CR4), efer = vmread(VMCS_GUEST_EFER);

    if (!(on ? start_paging(vcpu, cr4, efer) : stop_paging(cr4, efer))) {
        return false;
    }
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL); /* of combined mappings: SDM Vol. 3A 4.10.4.1 */
    return true;
}

/* Bits that exclude each other. Only CR4's current value matters. */
static bool cr0_is_valid(uint64_t value)
{
    return !(value >> 32) && !(value & CR0_PG && !(value & CR0_PE)) &&
           !(value & CR0_NW && !(value & CR0_CD)) &&
           !(vmread(VMCS_GUEST_CR4) & CR4_CET && !(value & CR0_WP));
}

static bool pages_by_pae(void)
{
    return vmread(VMCS_GUEST_CR0) & CR0_PG && vmread(VMCS_GUEST_CR4) & CR4_PAE &&
           !(vmread(VMCS_GUEST_EFER) & EFER_LMA);
}

/* CD and NW only affect what the guest reads. But a change of them loads PAE's top level anew (SDM
 * Vol. 3A 4.4.1). */
static bool switch_caches(struct vcpu *vcpu)
{
    return !pages_by_pae() || load_pdptes(vcpu);
}

/* The effect of MOV to CR0 (SDM Vol. 2B). False: #GP. */
static bool set_cr0(struct vcpu *vcpu, uint64_t value)
{
    uint64_t old = vmread(VMCS_GUEST_CR0), fixed = vmread(VMCS_CR0_MASK) & ~CR0_CACHES;
    uint64_t shadow = vmread(VMCS_CR0_SHADOW);

    if (!cr0_is_valid(value)) {
        return false;
    }
    value = (value & CR0_DEFINED) | CR0_ET;
    if ((value ^ old) & CR0_PG) {
        if (!switch_paging(vcpu, value & CR0_PG)) {
            return false;
        }
    } else if ((value ^ shadow) & CR0_CACHES && !switch_caches(vcpu)) {
        return false;
    }
    vmwrite(VMCS_GUEST_CR0, (value & ~CR0_CACHES) | fixed);
    vmwrite(VMCS_CR0_SHADOW, value);
    return true;
}

/*
 * Note the guest's MCE. The instruction then runs again. It writes the noted value, so it does not
 * exit, and it does the rest of MOV to CR4 itself. (The CPU can then refuse only PAE's top level.)
 */
static bool set_cr4(struct vcpu *vcpu, uint64_t value)
{
    uint64_t shadow = vmread(VMCS_CR4_SHADOW);

    if (!control_register_admits_cr4(vcpu, value)) {
        return false;
    }
    vmwrite(VMCS_CR4_SHADOW, (shadow & ~CR4_MCE) | (value & CR4_MCE));
    return true;
}

void control_register_set_cr3(struct vcpu *vcpu, uint64_t value)
{
    bool pae = pages_by_pae();
    uint64_t old = vmread(VMCS_GUEST_CR3);

    vmwrite(VMCS_GUEST_CR3, value);
    if (pae && !load_pdptes(vcpu)) {
        vmwrite(VMCS_GUEST_CR3, old);
    }
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}

void control_register_handle(struct vcpu *vcpu)
{
    uint64_t qualification = vmread(VMCS_QUALIFICATION);
    unsigned int number = QUALIFICATION_NUMBER(qualification);

    if (QUALIFICATION_TYPE(qualification) != TYPE_MOV_TO || (number != 0 && number != 4)) {
        report_and_stop(vcpu, STATUS_STOPPED, "unexpected control register access");
    }
    if (!(number ? set_cr4 : set_cr0)(vcpu, operand(vcpu, qualification))) {
        event_raise_error(vcpu, VECTOR_GP, 0);
    } else if (number == 0) {
        event_skip_instruction(vcpu);
    }
}
