/* SPDX-License-Identifier: BSD-2-Clause */
#include "run/permission.h"

#include "base/index.h"
#include "control/control.h"
#include "core/control_registers.h"
#include "core/domain.h"
#include "core/vendor.h"
#include "run/watch.h"
#include "x86/apic.h"
#include "xen/face.h"

#include <stddef.h>

#define MSR_IA32_TSC             0x10U
#define MSR_IA32_TSC_ADJUST      0x3bU
#define MSR_IA32_UCODE_TRIGGER   0x79U
#define MSR_IA32_SMM_MONITOR_CTL 0x9bU
#define MSR_ARCH_CAPABILITIES    0x10aU
#define MSR_IA32_MISC_ENABLE     0x1a0U
#define MSR_POWER_CTL            0x1fcU
#define MSR_MTRR_BASES           0x200U
#define MSR_MTRR_FIXED           0x250U
#define MSR_MTRR_DEFAULT         0x2ffU
#define MSR_PERF_CAPABILITIES    0x345U
#define MSR_VMX_FIRST            0x480U
#define MSR_VMX_LAST             0x493U
#define MSR_IA32_XSS             0xda0U
#define MSR_NB_CFG               0xc001001fU /* AMD's */

#define CPUID_1_X2APIC (1U << 21)

/* False: #GP. */
typedef bool msr_reader(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
typedef bool msr_writer(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* Locked with VMX off: the guest's CPU has no VMX. */
static bool read_feature_control(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    (void)vcpu, (void)msr;
    *value = 1;
    return true;
}

/* The writes that the CPU would answer with #GP (SDM Vol. 3A 11.12.5), except those that are #GP
 * because firmware has locked x2APIC mode (11.12.7, IA32_XAPIC_DISABLE_STATUS): the CPU itself
 * refuses those. */
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

/* CPUs reach each other through their APICs: with several CPUs, the guest can't switch one off. */
static bool leaves_reach(const struct vcpu *vcpu, uint64_t value)
{
    return vcpu->domain->vcpu_count == 1 || value & APIC_BASE_ENABLED;
}

/*
 * The guest can't move the APIC: its page would hide altview's pages. It can't change the bit that
 * says which CPU boots either: a CPU with that bit does not wait for a SIPI after an INIT, but runs
 * the firmware (SDM Vol. 3A 9.4.3).
 */
static bool write_apic_base(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    if (!leaves_reach(vcpu, value) || (value ^ rdmsr(msr)) & APIC_BASE_ADDRESS ||
        !apic_base_is_valid(vcpu, value & ~APIC_BASE_BSP)) {
        return false;
    }
    return wrmsr_try(msr, (value & ~APIC_BASE_BSP) | (rdmsr(msr) & APIC_BASE_BSP));
}

/* The components that XRSTORS may load: only those of shown features. */
static bool write_xss(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    return !(value & ~vcpu->domain->face.xss) && wrmsr_try(msr, value);
}

/*
 * Bits that describe other features. Of IA32_ARCH_CAPABILITIES those that only tell the CPU's
 * vulnerabilities, and those whose MSRs the list has (TSX_CTRL, FB_CLEAR_CTRL, GDS_CTRL); of
 * IA32_PERF_CAPABILITIES the form of last branches, freezing in SMM and full-width writes: no PEBS,
 * no metrics.
 */
#define ARCH_CAPABILITIES_SHOWN UINT64_C(0x1f1ae1ff)
#define PERF_CAPABILITIES_SHOWN UINT64_C(0x303f)

static bool read_arch_capabilities(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    (void)vcpu;
    *value = rdmsr(msr) & ARCH_CAPABILITIES_SHOWN;
    return true;
}

static bool read_perf_capabilities(struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    (void)vcpu;
    *value = rdmsr(msr) & PERF_CAPABILITIES_SHOWN;
    return true;
}

static bool ignore_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    (void)vcpu, (void)msr, (void)value;
    return true;
}

/* Only a CPU with AMD-V has it. */
static bool ignore_amd_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    (void)msr, (void)value;
    return vcpu->domain->boot->cpu.svm.asids;
}

/*
 * altview drops writes of these MSRs without a message. The guest may want them, and works without
 * them:
 *  - microcode, as in Xen: a guest's is not for this CPU;
 *  - the time-stamp counter: altview measures a monitor's time by it;
 *  - the memory types of MTRRs: under EPT they are nothing to the guest (SDM Vol. 3C 29.3.7.2), but
 *    rule the hypervisor's own accesses;
 *  - MSR_POWER_CTL: C1E, which Linux switches off, and the machine's thermal alerts;
 *  - IA32_MISC_ENABLE: without execute-disable our page tables are malformed;
 *  - AMD's NB_CFG: Linux has port 0xcf8 reach further into PCI's configuration by it. Without it a
 *    Linux that has no MMCONFIG finds a device's first 256 registers in place of later ones.
 *
 * NULL: #GP, as where altview hides the feature. `native_read`: the guest reads it without an exit.
 */
static const struct {
    uint32_t first, last;
    msr_reader *read;
    msr_writer *write;
    bool native_read;
    enum feature feature;
} registers[] = {
    {MSR_IA32_TSC, MSR_IA32_TSC, NULL, ignore_write, true, FEATURE_ALWAYS},
    {MSR_IA32_APIC_BASE, MSR_IA32_APIC_BASE, NULL, write_apic_base, true, FEATURE_ALWAYS},
    {MSR_IA32_TSC_ADJUST, MSR_IA32_TSC_ADJUST, NULL, ignore_write, true, FEATURE_TSC_ADJUST},
    {MSR_IA32_FEATURE_CONTROL, MSR_IA32_FEATURE_CONTROL, read_feature_control, NULL, false,
     FEATURE_ALWAYS},
    {MSR_IA32_UCODE_TRIGGER, MSR_IA32_UCODE_TRIGGER, NULL, ignore_write, false, FEATURE_ALWAYS},
    {MSR_IA32_SMM_MONITOR_CTL, MSR_IA32_SMM_MONITOR_CTL, NULL, NULL, false, FEATURE_ALWAYS},
    {MSR_ARCH_CAPABILITIES, MSR_ARCH_CAPABILITIES, read_arch_capabilities, NULL, false,
     FEATURE_ARCH_CAPABILITIES},
    {MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE, NULL, ignore_write, true, FEATURE_ALWAYS},
    {MSR_POWER_CTL, MSR_POWER_CTL, NULL, ignore_write, true, FEATURE_ALWAYS},
    {MSR_MTRR_BASES, MSR_MTRR_BASES + 0x1f, NULL, ignore_write, true, FEATURE_ALWAYS},
    {MSR_MTRR_FIXED, MSR_MTRR_FIXED + 0x1f, NULL, ignore_write, true, FEATURE_ALWAYS},
    {MSR_MTRR_DEFAULT, MSR_MTRR_DEFAULT, NULL, ignore_write, true, FEATURE_ALWAYS},
    {MSR_PERF_CAPABILITIES, MSR_PERF_CAPABILITIES, read_perf_capabilities, NULL, false,
     FEATURE_PDCM},
    {MSR_VMX_FIRST, MSR_VMX_LAST, NULL, NULL, false, FEATURE_ALWAYS},
    {MSR_X2APIC_ICR, MSR_X2APIC_ICR, NULL, icr_write_msr, true, FEATURE_ALWAYS},
    {MSR_IA32_XSS, MSR_IA32_XSS, NULL, write_xss, true, FEATURE_XSAVES},
    {MSR_NB_CFG, MSR_NB_CFG, NULL, ignore_amd_write, true, FEATURE_ALWAYS},
    {XEN_MSR_HYPERCALL_PAGE, XEN_MSR_HYPERCALL_PAGE, xen_read_hypercall_msr,
     xen_write_hypercall_msr, false, FEATURE_ALWAYS},
};

#define REGISTERS INDEX_COUNT(registers)

struct msr_rights msr_without_exit(const struct feature_face *face, uint32_t msr)
{
    struct msr_rights rights = msr_rights(face, msr);

    for (size_t i = 0; i < REGISTERS; i++) {
        if (msr >= registers[i].first && msr <= registers[i].last) {
            rights.read = registers[i].native_read && feature_is_shown(face, registers[i].feature);
        }
    }
    return rights;
}

/* The row of an MSR, or REGISTERS. */
static size_t find(const struct vcpu *vcpu, uint32_t msr)
{
    size_t i = 0;

    while (i < REGISTERS && (msr < registers[i].first || msr > registers[i].last)) {
        i++;
    }
    return i < REGISTERS && feature_is_shown(&vcpu->domain->face, registers[i].feature) ? i
                                                                                        : REGISTERS;
}

void msr_handle_read(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;
    size_t i = find(vcpu, msr);
    uint64_t value;

    if (i == REGISTERS || !registers[i].read || !registers[i].read(vcpu, msr, &value)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vcpu->registers.rax = (uint32_t)value;
    vcpu->registers.rdx = value >> 32;
    event_skip_instruction(vcpu);
}

/* What RDMSR would give the guest. 0: #GP. */
static uint64_t read(struct vcpu *vcpu, uint32_t msr)
{
    size_t i = find(vcpu, msr);
    uint64_t value = 0;
    bool readable;

    if (i < REGISTERS && registers[i].read) {
        readable = registers[i].read(vcpu, msr, &value);
    } else {
        readable =
            msr_without_exit(&vcpu->domain->face, msr).read && vendor_msr_get(vcpu, msr, &value);
    }
    return readable ? value : 0;
}

/* False: #GP. */
static bool write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    size_t i = find(vcpu, msr);

    if (i < REGISTERS) {
        return registers[i].write && registers[i].write(vcpu, msr, value);
    }
    return msr_without_exit(&vcpu->domain->face, msr).write && vendor_msr_set(vcpu, msr, value);
}

static enum write_decision decide(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    return control_watches_msr(vcpu->domain->control, msr)
               ? monitor_decides_msr(vcpu, msr, value, read(vcpu, msr))
               : WRITE_ALLOWED;
}

/* A monitor is asked before anything is checked, as in Xen (hvm_msr_write_intercept,
 * xen/arch/x86/hvm/hvm.c). It may set RIP. */
void msr_handle_write(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->registers.rcx;
    uint64_t value = (uint32_t)vcpu->registers.rax | vcpu->registers.rdx << 32;
    uint64_t rip = guest_get(vcpu, GUEST_RIP);
    enum write_decision decision = decide(vcpu, msr, value);

    if (decision == WRITE_ENDED) {
        return;
    }
    if (decision == WRITE_ALLOWED && !write(vcpu, msr, value)) {
        event_raise_error(vcpu, VECTOR_GP, 0);
        return;
    }
    vcpu->moment++;
    if (guest_get(vcpu, GUEST_RIP) == rip) {
        event_skip_instruction(vcpu);
    }
}
