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

/* PAE paging starts or goes on with another CR3: the CPU takes the top level into registers (SDM
 * Vol. 3A 4.4.1). */
static bool load_pdptes(struct vcpu *vcpu, uint64_t cr3)
{
    uint64_t pdptes[PDPTES], root = cr3 & UINT64_C(0xffffffe0);
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
    return !(cr4 & CR4_PAE) || load_pdptes(vcpu, vmread(VMCS_GUEST_CR3));
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
    return !pages_by_pae() || load_pdptes(vcpu, vmread(VMCS_GUEST_CR3));
}

/* The effect of MOV to CR0 (SDM Vol. 2B). False: #GP. */
static bool set_cr0(struct vcpu *vcpu, uint64_t value)
{
    uint64_t old = vmread(VMCS_GUEST_CR0), shadow = guest_cr0(vcpu);
    uint64_t fixed = control_registers_fixed_cr0(&vcpu->domain->boot->cpu.vmx);

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

/* The bits whose change loads PAE's top level anew, if there is one (SDM Vol. 3A 4.4.1). */
#define CR4_LOADS (CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP)

/* The effect of MOV to CR4. */
static bool set_cr4(struct vcpu *vcpu, uint64_t value)
{
    uint64_t own = control_registers_own_cr4(&vcpu->domain->boot->cpu.vmx);
    bool pae =
        vmread(VMCS_GUEST_CR0) & CR0_PG && value & CR4_PAE && !(vmread(VMCS_GUEST_EFER) & EFER_LMA);

    if (pae && (value ^ guest_cr4(vcpu)) & CR4_LOADS &&
        !load_pdptes(vcpu, vmread(VMCS_GUEST_CR3))) {
        return false;
    }
    vmwrite(VMCS_GUEST_CR4, value | own);
    vmwrite(VMCS_CR4_SHADOW, value);
    vcpu_flush(vcpu, ALTP2M_EPTP_ALL);
    return true;
}

/* The effect of MOV to CR3, without the bit that keeps translations: altview drops them all. */
static bool set_cr3(struct vcpu *vcpu, uint64_t value)
{
    if (pages_by_pae() && !load_pdptes(vcpu, value)) {
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

static bool cr3_is_valid(const struct vcpu *vcpu, uint64_t value)
{
    bool keeps = vmread(VMCS_GUEST_CR4) & CR4_PCIDE;

    return !((keeps ? value & ~CR3_KEEP : value) >> (vcpu->domain->gfn_bits + ALTP2M_PAGE_SHIFT));
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

static void write_if_valid(struct vcpu *vcpu, bool valid, const struct register_write *write)
{
    if (valid) {
        register_write(vcpu, write);
    } else {
        event_raise_error(vcpu, VECTOR_GP, 0);
    }
}

static void handle_cr0(struct vcpu *vcpu, uint64_t qualification)
{
    uint64_t value = value_for_cr0(vcpu, qualification);
    const struct register_write write = {ALTVIEW_EVENT_CR0, (value & CR0_DEFINED) | CR0_ET,
                                         guest_cr0(vcpu), set_cr0};

    write_if_valid(vcpu, cr0_is_valid(value), &write);
}

static void handle_cr3(struct vcpu *vcpu, uint64_t qualification)
{
    uint64_t value = operand(vcpu, qualification);
    const struct register_write write = {ALTVIEW_EVENT_CR3, value & ~CR3_KEEP,
                                         vmread(VMCS_GUEST_CR3), set_cr3};

    write_if_valid(vcpu, cr3_is_valid(vcpu, value), &write);
}

static void handle_cr4(struct vcpu *vcpu, uint64_t qualification)
{
    const struct register_write write = {ALTVIEW_EVENT_CR4, operand(vcpu, qualification),
                                         guest_cr4(vcpu), set_cr4};

    write_if_valid(vcpu, control_register_admits_cr4(vcpu, write.value), &write);
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
void vendor_watch_writes(struct vcpu *vcpu)
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
