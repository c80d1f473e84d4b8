/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmx/msr.h"

#include "domain.h"
#include "smp/apic.h"
#include "vmx/event.h"
#include "vmx/icr.h"
#include "xen/face.h"

#include <stddef.h>

#define MSR_IA32_UCODE_TRIGGER   0x79U
#define MSR_IA32_SMM_MONITOR_CTL 0x9bU
#define MSR_VMX_FIRST            0x480U
#define MSR_VMX_LAST             0x493U

#define CPUID_1_X2APIC (1U << 21)

/* False: #GP. */
typedef bool msr_reader(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
typedef bool msr_writer(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* Locked with VMX off: to the guest this CPU has no VMX. */
static bool read_feature_control(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    (void)vcpu, (void)msr;
    *value = 1;
    return true;
}

/* The writes the CPU would answer with #GP (SDM Vol. 3A 11.12.5): here that would be our end. */
static bool apic_base_is_valid(const struct vcpu *vcpu, uint64_t value)
{
    const struct cpu_capabilities *cpu = &vcpu->domain->boot->cpu;
    uint64_t old = rdmsr(MSR_IA32_APIC_BASE);
    uint64_t reserved = 0x2ff | ~((UINT64_C(1) << cpu->physical_bits) - 1);
    bool x2apic = value & APIC_BASE_X2APIC, enabled = value & APIC_BASE_ENABLED;

    reserved |= cpu->cpuid1_ecx & CPUID_1_X2APIC ? 0 : APIC_BASE_X2APIC;
    if (x2apic && (!enabled || !(old & APIC_BASE_ENABLED))) {
        return false;
    }
    return !(value & reserved) && !(old & APIC_BASE_X2APIC && enabled && !x2apic);
}

/* CPUs reach each other through their APICs: with several, none is moved or switched off. */
static bool leaves_reach(const struct vcpu *vcpu, uint64_t value)
{
    return vcpu->domain->vcpu_count == 1 ||
           (value & APIC_BASE_ENABLED && (value & APIC_BASE_ADDRESS) == APIC_DEFAULT);
}

/* The APIC's page would hide ours from us. */
static bool write_apic_base(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    const struct boot_info *boot = vcpu->domain->boot;

    if (!leaves_reach(vcpu, value) ||
        (value & APIC_BASE_ADDRESS) - boot->own_start < boot->own_size ||
        !apic_base_is_valid(vcpu, value & ~APIC_BASE_BSP)) {
        return false;
    }
    wrmsr(msr, value);
    return true;
}

/* Dropped, as Xen does: a guest's microcode is not for this CPU. */
static bool ignore_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    (void)vcpu, (void)msr, (void)value;
    return true;
}

/* NULL: #GP. A reader that needs no exit has `native_read`. */
static const struct {
    uint32_t first, last;
    msr_reader *read;
    msr_writer *write;
    bool native_read;
} registers[] = {
    {MSR_IA32_APIC_BASE, MSR_IA32_APIC_BASE, NULL, write_apic_base, true},
    {MSR_IA32_FEATURE_CONTROL, MSR_IA32_FEATURE_CONTROL, read_feature_control, NULL, false},
    {MSR_IA32_UCODE_TRIGGER, MSR_IA32_UCODE_TRIGGER, NULL, ignore_write, false},
    {MSR_IA32_SMM_MONITOR_CTL, MSR_IA32_SMM_MONITOR_CTL, NULL, NULL, false},
    {MSR_VMX_FIRST, MSR_VMX_LAST, NULL, NULL, false},
    {MSR_X2APIC_ICR, MSR_X2APIC_ICR, NULL, icr_write_msr, true},
    {XEN_MSR_HYPERCALL_PAGE, XEN_MSR_HYPERCALL_PAGE, xen_read_hypercall_msr,
     xen_write_hypercall_msr, false},
};

#define REGISTERS (sizeof(registers) / sizeof(registers[0]))

#define BITMAP_REACH 0x2000U /* MSRs 0 to 0x1fff; those above and Xen's leave the guest anyway */
#define BITMAP_WRITE 2048    /* SDM Vol. 3C 25.6.9 */

static void set_bit(uint8_t *bitmap, uint32_t bit)
{
    bitmap[bit / 8] |= (uint8_t)(1U << bit % 8);
}

void msr_fill_bitmap(uint8_t *bitmap)
{
    for (size_t i = 0; i < REGISTERS; i++) {
        for (uint32_t m = registers[i].first; m <= registers[i].last && m < BITMAP_REACH; m++) {
            if (!registers[i].native_read) {
                set_bit(bitmap, m);
            }
            set_bit(bitmap + BITMAP_WRITE, m);
        }
    }
    msr_watch_icr(bitmap, false);
}

void msr_watch_icr(uint8_t *bitmap, bool on)
{
    uint8_t bit = 1U << MSR_X2APIC_ICR % 8;

    if (on) {
        bitmap[BITMAP_WRITE + MSR_X2APIC_ICR / 8] |= bit;
    } else {
        bitmap[BITMAP_WRITE + MSR_X2APIC_ICR / 8] &= (uint8_t)~bit;
    }
}

static size_t find(uint32_t msr)
{
    size_t i = 0;

    while (i < REGISTERS && (msr < registers[i].first || msr > registers[i].last)) {
        i++;
    }
    return i;
}

void msr_handle_read(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;
    size_t i = find(msr);
    uint64_t value;

    if (i == REGISTERS || !registers[i].read || !registers[i].read(vcpu, msr, &value)) {
        event_raise_error(VECTOR_GP, 0);
        return;
    }
    vcpu->registers.rax = (uint32_t)value;
    vcpu->registers.rdx = value >> 32;
    event_skip_instruction();
}

void msr_handle_write(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;
    uint64_t value = (uint32_t)vcpu->registers.rax | vcpu->registers.rdx << 32;
    size_t i = find(msr);

    if (i == REGISTERS || !registers[i].write || !registers[i].write(vcpu, msr, value)) {
        event_raise_error(VECTOR_GP, 0);
        return;
    }
    event_skip_instruction();
}
