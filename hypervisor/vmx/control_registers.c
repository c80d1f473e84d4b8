/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/control_registers.h"

#include "base/index.h"
#include "core/control_registers.h"
#include "core/domain.h"
#include "guestmem/access.h"
#include "vmx/event.h"
#include "vmx/vmx.h"

/* Exit qualification for control register accesses (SDM Vol. 3C table 28-3). */
#define QUALIFICATION_NUMBER(q)   ((q)&0xf)
#define QUALIFICATION_TYPE(q)     ((q) >> 4 & 3)
#define QUALIFICATION_REGISTER(q) ((q) >> 8 & 0xf)
#define QUALIFICATION_WORD(q)     ((q) >> 16 & 0xffff) /* LMSW's */
#define TYPE_MOV_FROM             1
#define TYPE_CLTS                 2
#define TYPE_LMSW                 3
#define REGISTER_RSP              4

#define CR0_DEFINED UINT64_C(0xe005003f)
#define CR0_TS      (UINT64_C(1) << 3)
#define CR0_ET      (UINT64_C(1) << 4)
#define CR0_LMSW    UINT64_C(0xe)       /* LMSW writes these, and can set PE */
#define CR3_KEEP    (UINT64_C(1) << 63) /* with PCIDs: keep translations; not a bit of CR3 */

#define RIGHTS_TYPE      0xfU
#define TYPE_TSS_16_BUSY 3

#define PDPTES        4
#define PDPTE_PRESENT UINT64_C(1)

/* Outside 64-bit mode the upper half of the register does not count. */
static uint64_t operand(const struct vcpu *vcpu, uint64_t qualification)
{
    unsigned int number = QUALIFICATION_REGISTER(qualification);
    uint64_t value =
        number == REGISTER_RSP ? vmread(VMCS_GUEST_RSP) : vcpu->registers.numbered[number];

    return vmread(VMCS_GUEST_CS_RIGHTS) & RIGHTS_LONG && vmread(VMCS_GUEST_EFER) & EFER_LMA
               ? value
               : (uint32_t)value;
}

/* The top level of PAE's tables, which the CPU takes into registers (SDM Vol. 3A 4.4.1). */
static bool read_pdptes(struct vcpu *vcpu, uint64_t cr3, uint64_t pdptes[PDPTES])
{
    uint64_t root = cr3 & UINT64_C(0xffffffe0);
    uint64_t reserved = ~((UINT64_C(1) << (vcpu->domain->gfn_bits + 12)) - 1) | 0x1e6;

    if (guest_copy_in_physical(vcpu, pdptes, root, PDPTES * sizeof(*pdptes))) {
        return false;
    }
    for (unsigned int i = 0; i < PDPTES; i++) {
        if (pdptes[i] & PDPTE_PRESENT && pdptes[i] & reserved) {
            return false;
        }
    }
    return true;
}

static bool has_pdptes(struct vcpu *vcpu, uint64_t cr3)
{
    uint64_t pdptes[PDPTES];

    return read_pdptes(vcpu, cr3, pdptes);
}

/* PAE paging starts, or goes on with another CR3. */
static bool load_pdptes(struct vcpu *vcpu, uint64_t cr3)
{
    uint64_t pdptes[PDPTES];

    if (!read_pdptes(vcpu, cr3, pdptes)) {
        return false;
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

static bool pages_by_pae(uint64_t cr0, uint64_t cr4)
{
    return cr0 & CR0_PG && cr4 & CR4_PAE && !(vmread(VMCS_GUEST_EFER) & EFER_LMA);
}

/* The value starts long mode. */
static bool starts_long_mode(uint64_t cr0)
{
    return cr0 & ~vmread(VMCS_GUEST_CR0) & CR0_PG && vmread(VMCS_GUEST_EFER) & EFER_LME;
}

/* The value loads PAE's top level. CD and NW only affect what the guest reads, but a change of them
 * does that, too. */
static bool cr0_loads(const struct vcpu *vcpu, uint64_t value)
{
    return ((value ^ vmread(VMCS_GUEST_CR0)) & CR0_PG || (value ^ guest_cr0(vcpu)) & CR0_CACHES) &&
           !starts_long_mode(value) && pages_by_pae(value, vmread(VMCS_GUEST_CR4));
}

/* SDM Vol. 2B, MOV to control registers. The CPU would not enter the guest with others either. */
static bool cr0_is_valid(struct vcpu *vcpu, uint64_t value)
{
    uint64_t type = vmread(VMCS_GUEST_TR_RIGHTS) & RIGHTS_TYPE;

    return control_register_admits_cr0(vcpu, value) &&
           !(starts_long_mode(value) && type == TYPE_TSS_16_BUSY) &&
           (!cr0_loads(vcpu, value) || has_pdptes(vcpu, vmread(VMCS_GUEST_CR3)));
}

/* After that, no translation holds: SDM Vol. 3A 4.10.4.1. */
static void switch_paging(struct vcpu *vcpu, uint64_t value)
{
    if (starts_long_mode(value)) {
        set_long_mode(true);
    } else if (vmread(VMCS_GUEST_EFER) & EFER_LMA) {
        set_long_mode(false);
    }
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
}

/* The effect of MOV to CR0 (SDM Vol. 2B). */
static bool set_cr0(struct vcpu *vcpu, uint64_t value)
{
    uint64_t fixed = control_registers_fixed_cr0(&vcpu->domain->boot->cpu.vmx);

    if (cr0_loads(vcpu, value) && !load_pdptes(vcpu, vmread(VMCS_GUEST_CR3))) {
        return false;
    }
    if ((value ^ vmread(VMCS_GUEST_CR0)) & CR0_PG) {
        switch_paging(vcpu, value);
    }
    vmwrite(VMCS_GUEST_CR0, (value & ~CR0_CACHES) | fixed);
    vmwrite(VMCS_CR0_SHADOW, value);
    return true;
}

/* The bits whose change loads PAE's top level anew, if there is one (SDM Vol. 3A 4.4.1). */
#define CR4_LOADS (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)

static bool cr4_loads(const struct vcpu *vcpu, uint64_t value)
{
    return (value ^ guest_cr4(vcpu)) & CR4_LOADS && pages_by_pae(vmread(VMCS_GUEST_CR0), value);
}

static bool cr4_is_valid(struct vcpu *vcpu, uint64_t value)
{
    return control_register_admits_cr4(vcpu, value) &&
           (!cr4_loads(vcpu, value) || has_pdptes(vcpu, vmread(VMCS_GUEST_CR3)));
}

/* The effect of MOV to CR4. */
static bool set_cr4(struct vcpu *vcpu, uint64_t value)
{
    uint64_t own = control_registers_own_cr4(&vcpu->domain->boot->cpu.vmx);

    if (cr4_loads(vcpu, value) && !load_pdptes(vcpu, vmread(VMCS_GUEST_CR3))) {
        return false;
    }
    vmwrite(VMCS_GUEST_CR4, value | own);
    vmwrite(VMCS_CR4_SHADOW, value);
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
    return true;
}

/* The tables in use, of PAE paging. */
static bool cr3_loads(void)
{
    return pages_by_pae(vmread(VMCS_GUEST_CR0), vmread(VMCS_GUEST_CR4));
}

/* The effect of MOV to CR3, without the bit that keeps translations: altview drops them all. */
static bool set_cr3(struct vcpu *vcpu, uint64_t value)
{
    if (cr3_loads() && !load_pdptes(vcpu, value)) {
        return false;
    }
    vmwrite(VMCS_GUEST_CR3, value);
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
    return true;
}

void control_register_set_cr3(struct vcpu *vcpu, uint64_t value)
{
    set_cr3(vcpu, value);
}

static bool cr3_is_valid(struct vcpu *vcpu, uint64_t value)
{
    bool keeps = vmread(VMCS_GUEST_CR4) & CR4_PCIDE;
    uint64_t bits = keeps ? value & ~CR3_KEEP : value;

    return !(bits >> (vcpu->domain->gfn_bits + ALTP2M_PAGE_SHIFT)) &&
           (!cr3_loads() || has_pdptes(vcpu, value));
}

static uint64_t value_for_cr0(const struct vcpu *vcpu, uint64_t qualification)
{
    uint64_t old = guest_cr0(vcpu);

    switch (QUALIFICATION_TYPE(qualification)) {
    case TYPE_CLTS:
        return old & ~CR0_TS;
    case TYPE_LMSW:
        return (old & ~CR0_LMSW) | (QUALIFICATION_WORD(qualification) & (CR0_LMSW | CR0_PE));
    default:
        return operand(vcpu, qualification);
    }
}

static void handle_cr0(struct vcpu *vcpu, uint64_t qualification)
{
    uint64_t value = value_for_cr0(vcpu, qualification);
    const struct register_write write = {ALTVIEW_EVENT_CR0, (value & CR0_DEFINED) | CR0_ET,
                                         guest_cr0(vcpu), cr0_is_valid, set_cr0};

    register_write(vcpu, value, &write);
}

static void handle_cr3(struct vcpu *vcpu, uint64_t qualification)
{
    uint64_t value = operand(vcpu, qualification);
    const struct register_write write = {ALTVIEW_EVENT_CR3, value & ~CR3_KEEP,
                                         vmread(VMCS_GUEST_CR3), cr3_is_valid, set_cr3};

    register_write(vcpu, value, &write);
}

static void handle_cr4(struct vcpu *vcpu, uint64_t qualification)
{
    uint64_t value = operand(vcpu, qualification);
    const struct register_write write = {ALTVIEW_EVENT_CR4, value, guest_cr4(vcpu), cr4_is_valid,
                                         set_cr4};

    register_write(vcpu, value, &write);
}

void control_register_handle(struct vcpu *vcpu)
{
    static void (*const handlers[])(struct vcpu * vcpu, uint64_t qualification) = {
        [0] = handle_cr0, [3] = handle_cr3, [4] = handle_cr4};
    uint64_t qualification = vmread(VMCS_QUALIFICATION);
    size_t number = QUALIFICATION_NUMBER(qualification);

    if (!index_clamp(&number, INDEX_COUNT(handlers)) || !handlers[number] ||
        QUALIFICATION_TYPE(qualification) == TYPE_MOV_FROM) {
        report_and_stop(vcpu, STATUS_STOPPED, "unexpected control register access");
    }
    handlers[number](vcpu, qualification);
}

/* A bit enters the mask with the value that the guest reads. */
void vendor_watch(struct vcpu *vcpu)
{
    const struct domain *domain = vcpu->domain;
    uint64_t cr0 = guest_cr0(vcpu), cr4 = guest_cr4(vcpu);

    vmwrite(VMCS_CR0_MASK, control_registers_mask_cr0(domain) |
                               (register_watched(vcpu, ALTVIEW_EVENT_CR0) & CR0_DEFINED));
    vmwrite(VMCS_CR0_SHADOW, cr0);
    vmwrite(VMCS_CR4_MASK,
            control_registers_mask_cr4(domain) | register_watched(vcpu, ALTVIEW_EVENT_CR4));
    vmwrite(VMCS_CR4_SHADOW, cr4);
    vmx_set_processor(vcpu, PROCESSOR_CR3_LOAD, register_watched(vcpu, ALTVIEW_EVENT_CR3) != 0);
}
